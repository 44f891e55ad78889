using System.Text.RegularExpressions;
using Pipeline.Contracts;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>A YAML file being read: its nodes, where they came from, and every problem found so far, so that one reading tells them all.</summary>
internal sealed partial class ConfigFile
{
    /// <summary>A file that people write is a few kilobytes; a greater one is another file given by mistake.</summary>
    private const long MaxBytes = 1024 * 1024;

    /// <summary>Maps and lists within each other: what is read here nests below ten, and endless nesting would exhaust the stack.</summary>
    private const int MaxDepth = 64;

    private readonly Dictionary<YamlNode, string> _overrides = new(ReferenceEqualityComparer.Instance);
    private readonly List<(long Line, string Text)> _problems = [];

    private ConfigFile(string path, YamlMappingNode root) => (Path, Root) = (path, root);

    /// <summary>The file, as the person named it.</summary>
    public string Path { get; }

    /// <summary>The folder that relative paths start at.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;

    /// <summary>The outermost map.</summary>
    public YamlMappingNode Root { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="BadInputException">It is absent, too large, or not YAML with a map outermost.</exception>
    public static ConfigFile Load(string path)
    {
        FileInfo info = new(path);
        if (!info.Exists)
        {
            throw new BadInputException($"There is no file '{path}'. Check the path; ready sweeps stand in the folder sweeps/.");
        }

        if (info.Length > MaxBytes)
        {
            throw new BadInputException($"'{path}' has {info.Length} bytes; a YAML file of pipeline has at most {MaxBytes}.");
        }

        return Parse(path, File.ReadAllText(path));
    }

    /// <summary>Reads text as if it stood in a file of that path.</summary>
    public static ConfigFile Parse(string path, string text)
    {
        try
        {
            CheckEvents(path, text);
            YamlStream stream = new();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root
                ? new ConfigFile(path, root)
                : throw new BadInputException($"{path}: expected one YAML document that is a map of keys; found {(stream.Documents.Count == 0 ? "nothing" : "something else")}.");
        }
        catch (YamlException e)
        {
            throw new BadInputException($"{path}:{e.Start.Line}: not YAML: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The parser's own, for some texts that are no YAML; they name no place.
            throw new BadInputException($"{path}: not YAML. Expected keys and values as in the files of the folder sweeps/; the file is torn or of another kind.", e);
        }
    }

    // Anchors let a small file unfold into an endless one, and nothing here needs them.
    private static void CheckEvents(string path, string text)
    {
        Parser events = new(new StringReader(text));
        int depth = 0;
        while (events.MoveNext())
        {
            if (events.Current is AnchorAlias alias)
            {
                throw new BadInputException($"{path}:{alias.Start.Line}: YAML aliases (*{alias.Value}) are not taken. Write the value out.");
            }

            depth += events.Current!.NestingIncrease;
            if (events.Current is MappingStart or SequenceStart && depth > MaxDepth)
            {
                throw new BadInputException($"{path}:{events.Current.Start.Line}: maps and lists are nested deeper than {MaxDepth}. Expected a file as in the folder sweeps/.");
            }
        }
    }

    /// <summary>Sets a key as <c>--set</c> does: <c>train.epochs=2</c>. Maps on the way are made where they are absent.</summary>
    /// <param name="assignment">The key and its value.</param>
    /// <param name="from">What messages call the place that it comes from.</param>
    /// <exception cref="BadInputException">The text has no <c>=</c>, or a key on the way is no map.</exception>
    public void Override(string assignment, string from = "--set")
    {
        int equals = assignment.IndexOf('=');
        if (equals <= 0)
        {
            throw new BadInputException($"{from} {assignment}: expected KEY=VALUE, for example --set train.epochs=2.");
        }

        string origin = $"{from} {assignment}";
        YamlMappingNode map = Root;
        string rest = assignment[..equals];
        while (NextKey(map, rest) is { Length: > 0 } key && key.Length < rest.Length)
        {
            if (!map.Children.TryGetValue(key, out YamlNode? child))
            {
                map.Add(Mark(new YamlScalarNode(key), origin), child = Mark(new YamlMappingNode(), origin));
            }

            map = child as YamlMappingNode ?? throw new BadInputException($"{origin}: '{key}' is not a map in {Path}, so nothing in it can be set.");
            rest = rest[(key.Length + 1)..];
        }

        YamlNode value = Mark(Parse("--set", $"value: {assignment[(equals + 1)..]}").Root.Children["value"], origin);
        map.Children.Remove(rest);
        map.Add(Mark(new YamlScalarNode(rest), origin), value);
    }

    /// <summary>Notes a problem at a node.</summary>
    public void Problem(YamlNode node, string message)
    {
        string place = _overrides.TryGetValue(node, out string? origin) ? origin : $"{Path}:{node.Start.Line}";
        _problems.Add((node.Start.Line, NamesPlace(message) ? message : $"{place}: {message}"));
    }

    /// <summary>Whether a message begins with a file and a line already: that of the other file, where the mistake is.</summary>
    public static bool NamesPlace(string message) => Place().IsMatch(message);

    /// <summary>Ends the reading where problems were found.</summary>
    /// <exception cref="BadInputException">Names them all, in the order of the lines.</exception>
    public void ThrowIfProblems()
    {
        if (_problems.Count > 0)
        {
            throw new BadInputException(string.Join('\n', _problems.OrderBy(static p => p.Line).Select(static p => p.Text).Distinct()));
        }
    }

    /// <summary>Runs a check that throws, and notes what it threw at a node.</summary>
    public void Try(YamlNode node, Action check)
    {
        try
        {
            check();
        }
        catch (BadInputException e)
        {
            Problem(node, e.Message);
        }
    }

    // The parameters of a sweep have dots in their keys (model.tau), so a key that is there wins over a part of it.
    private static string NextKey(YamlMappingNode map, string rest)
    {
        string? there = map.Children.Keys.OfType<YamlScalarNode>().Select(static k => k.Value!)
            .Where(k => rest == k || rest.StartsWith(k + ".", StringComparison.Ordinal))
            .MaxBy(static k => k.Length);
        if (there is not null)
        {
            return there;
        }

        bool isParameter = rest.StartsWith("model.", StringComparison.Ordinal) || rest.StartsWith("augment.", StringComparison.Ordinal)
            || map.Children.Keys.OfType<YamlScalarNode>().Any(static k => k.Value!.Contains('.', StringComparison.Ordinal));
        int dot = rest.IndexOf('.');
        return isParameter || dot < 0 ? rest : rest[..dot];
    }

    private TNode Mark<TNode>(TNode node, string origin)
        where TNode : YamlNode
    {
        foreach (YamlNode inner in node.AllNodes)
        {
            _overrides[inner] = origin;
        }

        return node;
    }

    [GeneratedRegex(@"^\S+:\d+: ", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}
