using System.Text.RegularExpressions;
using Pipeline.Contracts;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>Holds the nodes of a file against shapes and notes every difference: what was found, what was expected.</summary>
internal static class ShapeChecker
{
    /// <summary>Patterns are our own and simple; the limit only keeps a mistake in one from hanging.</summary>
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Whether the node is of the shape; where not, the file has the problems.</summary>
    public static bool Check(ConfigFile file, YamlNode node, string path, Shape shape) => (shape, node) switch
    {
        (EitherShape { Single: WordShape words } either, YamlScalarNode scalar) => Fits(words, ConfigMap.Value(scalar)) || Differs(file, node, path, either),
        (EitherShape either, YamlScalarNode) => Check(file, node, path, either.Single),
        (EitherShape either, _) => Check(file, node, path, either.Many),
        (MapShape map, YamlMappingNode mapping) => CheckMap(file, mapping, path, map),
        (NamesShape names, YamlMappingNode mapping) => CheckAll(mapping.Children, c => Check(file, c.Value, Join(path, Name(c.Key)), names.Value)),
        (ListShape list, YamlSequenceNode sequence) when sequence.Children.Count >= list.Min && sequence.Children.Count <= list.Max =>
            CheckAll(sequence.Children.Index(), i => Check(file, i.Item, $"{path}[{i.Index}]", list.Item)),
        (_, YamlScalarNode scalar) when Fits(shape, ConfigMap.Value(scalar)) => true,
        _ => Differs(file, node, path, shape),
    };

    private static bool Fits(Shape shape, ParameterValue? value) => (shape, value) switch
    {
        (_, null) => false,
        (NumberShape number, { IsNumber: true } v) =>
            v.AsNumber() >= number.Min && v.AsNumber() <= number.Max && (!number.Whole || v.AsNumber() == Math.Floor(v.AsNumber())),
        (WordShape words, { IsText: true } v) => words.Words.Contains(v.AsText()),
        (PathShape, { } v) => v.ToString().Length > 0,
        (TextShape text, { } v) => v.ToString().Length > 0
            && (text.Pattern is null || Regex.IsMatch(v.ToString(), $"^(?:{text.Pattern})\\z", RegexOptions.None, PatternTimeout)),
        (ScalarShape, _) => true,
        _ => false,
    };

    private static bool CheckMap(ConfigFile file, YamlMappingNode mapping, string path, MapShape shape)
    {
        bool fits = CheckAll(mapping.Children, child => CheckKey(file, child.Key, child.Value, path, shape));
        foreach (Key missing in shape.Keys.Where(k => k.IsRequired && !mapping.Children.ContainsKey(k.Name)))
        {
            file.Problem(mapping, $"the key '{Join(path, missing.Name)}' is missing. Expected {missing.Shape.Expected}.");
            fits = false;
        }

        return fits && (!shape.IsChoice || mapping.Children.Count == 1 || Differs(file, mapping, path, shape));
    }

    private static bool CheckKey(ConfigFile file, YamlNode keyNode, YamlNode value, string path, MapShape shape)
    {
        string name = Name(keyNode);
        Key? key = shape.Keys.FirstOrDefault(k => k.Name == name);
        if (key is not null)
        {
            return Check(file, value, Join(path, name), key.Shape);
        }

        file.Problem(keyNode, $"unknown key '{name}'{(path.Length == 0 ? "" : $" in '{path}'")}. {NearestName.Suggest(name, [.. shape.Keys.Select(static k => k.Name)])}");
        return false;
    }

    private static bool Differs(ConfigFile file, YamlNode node, string path, Shape shape)
    {
        string found = node switch
        {
            YamlScalarNode scalar when ConfigMap.Value(scalar) is { } value => $"'{value}'",
            YamlScalarNode => "nothing",
            YamlSequenceNode sequence => $"a list of {sequence.Children.Count}",
            YamlMappingNode { Children.Count: 0 } => "an empty map",
            YamlMappingNode mapping => $"a map with {string.Join(", ", mapping.Children.Keys.Select(Name))}",
            _ => "something else",
        };
        file.Problem(node, $"'{path}' is {found}. Expected {shape.Expected}.");
        return false;
    }

    // Every item is checked, also after one that differs: a person wants to hear of all mistakes at once.
    private static bool CheckAll<T>(IEnumerable<T> items, Func<T, bool> check) => items.Aggregate(true, (all, item) => check(item) && all);

    private static string Name(YamlNode key) => (key as YamlScalarNode)?.Value ?? "?";

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
