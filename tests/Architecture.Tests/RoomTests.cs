using System.Xml.Linq;

namespace Pipeline.Architecture.Tests;

/// <summary>The walls between the rooms, as docs/architecture.md draws them.</summary>
public sealed class RoomTests
{
    private static readonly Dictionary<string, string[]> AllowedReferences = new(StringComparer.Ordinal)
    {
        ["Contracts"] = [],
        ["Storage"] = ["Contracts"],
        ["FeatureStore"] = ["Contracts", "Storage"],
        ["Models"] = ["Contracts"],
        ["Workers"] = ["Contracts", "Storage", "FeatureStore", "Models", "Edge"],
        ["Registry"] = ["Contracts", "Storage", "Models"],
        ["Edge"] = ["Contracts", "Storage", "FeatureStore", "Models"],
        ["Device"] = ["Contracts"],
        ["Orchestrator"] = ["Contracts", "Storage", "FeatureStore", "Models", "Registry", "Edge"],
        ["Cli"] = ["Contracts", "Storage", "FeatureStore", "Models", "Workers", "Registry", "Orchestrator", "Edge"],
    };

    public static TheoryData<string> Rooms => [.. Repository.SourceFiles("src", "*.csproj")];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_references_only_what_the_design_allows(string project)
    {
        string room = Path.GetFileNameWithoutExtension(project);
        Assert.True(AllowedReferences.TryGetValue(room, out string[]? allowed), $"{room} is no room of docs/architecture.md");
        IEnumerable<string> references = XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference")
            .Select(element => Path.GetFileNameWithoutExtension(element.Attribute("Include")!.Value.Replace('\\', '/')));
        Assert.Empty(references.Except(allowed!, StringComparer.Ordinal));
    }

    [Fact]
    public void Only_the_torch_folder_of_the_workers_touches_libtorch()
    {
        IEnumerable<string> offenders = Repository.SourceFiles("src", "*.cs")
            .Where(path => !path.StartsWith("src/Workers/", StringComparison.Ordinal))
            .Where(path => Repository.Read(path).Contains("Workers.Torch", StringComparison.Ordinal));
        Assert.Empty(offenders);
    }

    [Fact]
    public void Every_project_stands_in_the_solution()
    {
        string solution = Repository.Read("Pipeline.slnx");
        IEnumerable<string> missing = Repository.SourceFiles("src", "*.csproj").Concat(Repository.SourceFiles("tests", "*.csproj"))
            .Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal));
        Assert.Empty(missing);
    }
}
