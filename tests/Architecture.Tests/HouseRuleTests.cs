namespace Pipeline.Architecture.Tests;

/// <summary>Rules of docs/style.md that a text search can hold.</summary>
public sealed class HouseRuleTests
{
    private const int MaxFileLines = 500;
    private const int MaxMethodLines = 70;

    private static readonly (string Call, string Instead)[] BannedCalls =
    [
        ("DateTime.Now", "take a TimeProvider"),
        ("DateTime.UtcNow", "take a TimeProvider"),
        ("DateTimeOffset.Now", "take a TimeProvider"),
        ("DateTimeOffset.UtcNow", "take a TimeProvider"),
        ("Random.Shared", "use StableRandom.For(seed, purpose)"),
        ("new Random(", "use StableRandom.For(seed, purpose)"),
        ("Thread.Sleep(", "wait on an event or a TimeProvider's timer"),
    ];

    [Fact]
    public void No_file_is_longer_than_500_lines()
    {
        IEnumerable<string> offenders = Sources("src", "tests")
            .Select(path => (path, lines: Repository.Read(path).AsSpan().Count('\n')))
            .Where(file => file.lines > MaxFileLines)
            .Select(file => $"{file.path}: {file.lines} lines");
        Assert.Empty(offenders);
    }

    [Fact]
    public void No_method_is_longer_than_70_lines()
    {
        Assert.Empty(Sources("src").SelectMany(LongMembers));
    }

    [Fact]
    public void Nothing_that_decides_reads_the_clock_or_an_unseeded_random_source()
    {
        IEnumerable<string> offenders =
            from path in Sources("src")
            let text = Repository.Read(path)
            from banned in BannedCalls
            where text.Contains(banned.Call, StringComparison.Ordinal)
            select $"{path}: {banned.Call}; {banned.Instead}";
        Assert.Empty(offenders);
    }

    [Fact]
    public void No_unfinished_work_is_left_in_comments()
    {
        string[] markers = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "NotImplemented" + "Exception"];
        IEnumerable<string> offenders =
            from path in Sources("src", "tests")
            let text = Repository.Read(path)
            from marker in markers
            where text.Contains(marker, StringComparison.Ordinal)
            select $"{path}: {marker}";
        Assert.Empty(offenders);
    }

    private static IEnumerable<string> Sources(params string[] folders) =>
        folders.SelectMany(folder => Repository.SourceFiles(folder, "*.cs"));

    /// <summary>
    /// Members of types, by indentation: in a file-scoped namespace the braces of a member stand at four spaces, those of a nested type's member at
    /// eight. A nested type's own braces are told apart by the keyword on the line before.
    /// </summary>
    private static IEnumerable<string> LongMembers(string path)
    {
        string[] lines = Repository.Read(path).Split('\n');
        foreach (string indent in (string[])["    ", "        "])
        {
            int opened = -1;
            for (int i = 1; i < lines.Length; i++)
            {
                if (lines[i] == indent + "{" && IsMemberHeader(lines, i))
                {
                    opened = i;
                }
                else if (lines[i].TrimEnd(';') == indent + "}" && opened >= 0)
                {
                    if (i - opened - 1 > MaxMethodLines)
                    {
                        yield return $"{path}:{opened}: {i - opened - 1} lines";
                    }

                    opened = -1;
                }
            }
        }
    }

    private static bool IsMemberHeader(string[] lines, int brace)
    {
        string header = lines[brace - 1];
        return !header.Contains(" class ", StringComparison.Ordinal) && !header.Contains(" record ", StringComparison.Ordinal)
            && !header.Contains(" struct ", StringComparison.Ordinal) && !header.Contains(" enum ", StringComparison.Ordinal)
            && !header.Contains(" interface ", StringComparison.Ordinal) && !header.TrimStart().StartsWith("where ", StringComparison.Ordinal)
            && !header.TrimEnd().EndsWith('=');
    }
}
