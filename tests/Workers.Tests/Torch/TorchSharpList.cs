namespace Pipeline.Workers.Tests.Torch;

/// <summary>The list of TorchSharp's members in the tree, and the tree's root.</summary>
internal static class TorchSharpList
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The lines of the list, with the type that each is a member of.</summary>
    public static IReadOnlyList<(string Section, string Member)> Members { get; } = [.. Read()];

    private static IEnumerable<(string Section, string Member)> Read()
    {
        string section = "";
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Torch", "torchsharp.txt")))
        {
            if (line.StartsWith('['))
            {
                section = line.Trim('[', ']');
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                yield return (section, line);
            }
        }
    }

    private static string FindRoot()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Pipeline.slnx")))
        {
            root = Path.GetDirectoryName(root);
        }

        return root!;
    }
}
