using Pipeline.Storage.Blobs;

namespace Pipeline.EndToEnd.Tests;

/// <summary>The same sweep with its state on PostgreSQL and its blobs on Azure Blob Storage: only pipeline.yaml changes.</summary>
public sealed class ServerTests(Azurite azurite) : IClassFixture<Azurite>
{
    [Fact]
    public async Task On_servers_a_sweep_gives_the_table_of_one_machine()
    {
        AzureBlobOptions blobs = azurite.NewContainer("");
        string state = await PostgresServer.NewSharedDatabaseAsync();
        using var here = new Workspace();
        using var there = new Workspace();
        there.Replace("pipeline.yaml", "workers:", $$"""
            state: { postgres: "{{state}}" }
            blobs: { azure: { connectionString: "{{blobs.ConnectionString}}", container: {{blobs.Container}} } }
            workers:
            """);
        string table = ResultTable.Of(there.Line.Run("submit", "sweep.yaml", "--json"));
        Assert.Equal(ResultTable.Of(here.Line.Run("submit", "sweep.yaml", "--json")), table);
        Assert.False(Directory.Exists(there.PathOf(".pipeline/blobs")));
        Assert.False(File.Exists(there.PathOf(".pipeline/pipeline.db")));

        // Another folder, as another machine, reads what the first one wrote.
        using var elsewhere = new Workspace();
        elsewhere.Write("pipeline.yaml", File.ReadAllText(there.PathOf("pipeline.yaml")));
        Assert.Equal(table, ResultTable.Of(elsewhere.Line.Run("submit", "sweep.yaml", "--json")));
        Outcome heard = elsewhere.Line.Run("predict", "tones@challenger", Directory.EnumerateFiles(elsewhere.PathOf("tones/low")).Order(StringComparer.Ordinal).First());
        Assert.True(heard.ExitCode == 0, heard.ToString());
        Outcome clean = elsewhere.Line.Run("clean");
        Assert.True(clean.ExitCode == 2, clean.ToString());
    }
}
