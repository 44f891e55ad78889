using System.Reflection;
using System.Text.RegularExpressions;

namespace Pipeline.Workers.Tests.Torch;

/// <summary>
/// Holds the binding against the list of TorchSharp's members in the tree, so that what is written against it also compiles against that package. What the
/// package lacks is internal, or stands in classes of other names.
/// </summary>
public sealed partial class TorchSharpNamesTests
{
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<string, Type> Followed = new()
    {
        ["torch"] = typeof(torch),
        ["torch.cuda"] = typeof(torch.cuda),
        ["torch.nn.functional"] = typeof(torch.nn.functional),
        ["Tensor"] = typeof(Tensor),
        ["DisposeScope"] = typeof(DisposeScope),
    };

    private static readonly ILookup<(string Section, string Name), Listed> List =
        TorchSharpList.Members.Select(static m => (m.Section, Member: new Listed(m.Member))).ToLookup(static m => (m.Section, m.Member.Name), static m => m.Member);

    public static TheoryData<string> Sections => [.. Followed.Keys];

    [Theory]
    [MemberData(nameof(Sections))]
    public void Every_public_member_is_one_of_torchsharp_with_its_parameters_in_its_order(string section)
    {
        foreach (MethodInfo method in Followed[section].GetMethods(Own).Where(static m => !m.IsSpecialName))
        {
            string[] names = [.. method.GetParameters().Select(static p => p.Name!)];
            Assert.True(
                List[(section, method.Name)].Any(l => l.Takes(names)),
                $"{section}.{method.Name}({string.Join(", ", names)}) is not in torchsharp.txt, which has {string.Join(" | ", List[(section, method.Name)].Select(static l => l.Text))}");
        }

        Assert.All(Followed[section].GetProperties(Own), p => Assert.True(List[(section, p.Name)].Any(), $"{section}.{p.Name} is not in torchsharp.txt"));
    }

    /// <summary>Where the binding leaves out a parameter of the package, those after it must be named in calls, or they would mean another there.</summary>
    [Fact]
    public void Arguments_after_a_parameter_that_is_left_out_are_named()
    {
        foreach ((string section, Type type) in Followed)
        {
            foreach (MethodInfo method in type.GetMethods(Own).Where(static m => !m.IsSpecialName))
            {
                string[] names = [.. method.GetParameters().Select(static p => p.Name!)];
                int same = List[(section, method.Name)].Max(l => l.Names.Zip(names).TakeWhile(static p => p.First == p.Second).Count());
                if (same < names.Length)
                {
                    Assert.All(Calls(method.Name), call => Assert.All(call.Arguments.Skip(same), a => Assert.Matches(NamedArgument(), a)));
                }
            }
        }
    }

    [Fact]
    public void A_parameter_of_another_name_or_place_is_found()
    {
        Listed norm = List[("torch.nn.functional", "layer_norm")].Single();
        Assert.True(norm.Takes(["input", "normalized_shape", "bias"]));
        Assert.False(norm.Takes(["normalized_shape", "input"]));
        Assert.False(norm.Takes(["input", "shape"]));
        Assert.False(norm.Takes(["input"]));
        Assert.NotEmpty(Calls("cross_entropy"));
    }

    /// <summary>The calls of a method in the training code, each argument as it is written.</summary>
    private static IEnumerable<(string File, string[] Arguments)> Calls(string method)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(TorchSharpList.Root, "src", "Workers", "Training"), "*.cs"))
        {
            string text = File.ReadAllText(file);
            foreach (Match match in Regex.Matches(text, $@"\.{method}\("))
            {
                yield return (file, Listed.Split(text[(match.Index + match.Length)..]));
            }
        }
    }

    [GeneratedRegex(@"^\s*\w+:\s")]
    private static partial Regex NamedArgument();

    /// <summary>A line of the list.</summary>
    private sealed class Listed
    {
        private readonly bool[] _optional;

        public Listed(string text)
        {
            Text = text;
            int open = text.IndexOf('(', StringComparison.Ordinal);
            Name = Regex.Match(open < 0 ? text : text[..open], @"(\w+)(<\w+>)?$").Groups[1].Value;
            string[] parameters = open < 0 ? [] : Split(text[(open + 1)..]);
            Names = [.. parameters.Select(static p => p.Split('=')[0].Trim().Split(' ')[^1])];
            _optional = [.. parameters.Select(static p => p.Contains('=', StringComparison.Ordinal))];
        }

        public string Text { get; }

        public string Name { get; }

        public string[] Names { get; }

        /// <summary>Whether these are its parameters, in its order, with none left out that it needs.</summary>
        public bool Takes(string[] names)
        {
            int next = 0;
            for (int i = 0; i < Names.Length; i++)
            {
                if (next < names.Length && Names[i] == names[next])
                {
                    next++;
                }
                else if (!_optional[i])
                {
                    return false;
                }
            }

            return next == names.Length;
        }

        /// <summary>The parts of what stands before the closing parenthesis, at the commas that are in no brackets.</summary>
        public static string[] Split(string text)
        {
            var parts = new List<string>();
            int depth = 0, begin = 0;
            for (int i = 0; i < text.Length; i++)
            {
                depth += text[i] is '(' or '[' or '<' or '{' ? 1 : text[i] is ')' or ']' or '}' || (text[i] == '>' && text[i - 1] != '=') ? -1 : 0;
                if (depth < 0 || (depth == 0 && text[i] == ','))
                {
                    parts.Add(text[begin..i]);
                    begin = i + 1;
                }

                if (depth < 0)
                {
                    break;
                }
            }

            return [.. parts.Where(static p => p.Trim().Length > 0)];
        }
    }
}
