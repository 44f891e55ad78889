using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.FeatureStore.Sql;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

/// <summary>Feature sets as other programs see them; the code of docs/formats/python.md is run as it stands there.</summary>
public sealed class ExportTests
{
    [PythonFact("numpy")]
    public Task Numpy_reads_an_export_as_the_page_says() => RunPage("import numpy\n\nfeatures", "numpy");

    [PythonFact("pyarrow")]
    public Task Pyarrow_reads_shards_as_the_page_says() => RunPage("import pyarrow", "pyarrow");

    [PythonFact("duckdb")]
    public Task DuckDB_in_Python_counts_the_rows_of_shards_as_the_page_says() => RunPage("import duckdb", "duckdb");

    [Fact]
    public async Task An_export_has_a_line_for_each_row_and_does_not_overwrite()
    {
        using var folder = new TemporaryFolder();
        (FeatureSet set, _) = await BuildAsync(folder);
        using (set)
        {
            Assert.Equal(set.Manifest.Rows, await FeatureSetExport.WriteAsync(set, folder["export"], CancellationToken.None));
            string[] lines = await File.ReadAllLinesAsync(Path.Combine(folder["export"], "index.tsv"));
            Assert.Equal("row\tsplit\tlabel\tclass\tword\tspeaker\tclip\tcopy\tlength", lines[0]);
            Assert.Equal(Enumerable.Range(0, set.Manifest.Rows), lines.Skip(1).Select(static line => int.Parse(line.Split('\t')[0], CultureInfo.InvariantCulture)));
            Assert.Equal(set.CountOf(Split.Noise), lines.Count(static line => line.Split('\t')[1] == "noise"));
            byte[] array = await File.ReadAllBytesAsync(Path.Combine(folder["export"], "features.npy"));
            int header = array.Length - (set.Manifest.Rows * 32_000);
            Assert.Equal(0, header % 64);
            SetRow last = set.RowsOf(Split.Noise)[^1];
            Assert.True(set.Tensor(last).SequenceEqual(array.AsSpan(array.Length - 32_000)));
            BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => FeatureSetExport.WriteAsync(set, folder["export"], CancellationToken.None));
            Assert.Contains("features.npy is there already", e.Message, StringComparison.Ordinal);
        }
    }

    [DuckDbFact]
    public async Task A_set_is_asked_in_SQL_and_a_wrong_query_is_refused_in_words()
    {
        using var folder = new TemporaryFolder();
        (FeatureSet set, DirectoryBlobStore blobs) = await BuildAsync(folder);
        using (set)
        {
            QueryResult result = await FeatureSetSql.QueryAsync(
                blobs, set.Manifest, "select split, count(*) clips, max(nullif(speaker, '')) who from features group by all order by all", CancellationToken.None);
            Assert.Equal(["split", "clips", "who"], result.Columns);
            Assert.Equal(
                new[] { (Split.Noise, "noise"), (Split.Test, "test"), (Split.Train, "train"), (Split.Validation, "validation") }.Select(s => $"{s.Item2} {set.CountOf(s.Item1)}"),
                result.Rows.Select(static row => $"{row[0]} {row[1]}"));
            Assert.Null(result.Rows[0][2]);
            BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => FeatureSetSql.QueryAsync(blobs, set.Manifest, "select wrd from features", CancellationToken.None));
            Assert.Contains("DuckDB refuses the query", e.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<(FeatureSet Set, DirectoryBlobStore Blobs)> BuildAsync(TemporaryFolder folder)
    {
        DirectoryBlobStore blobs = new(folder["blobs"]);
        return (await Sets.BuildAsync(blobs, await TinyData.Plan(TinyData.Write(folder["data"]), TinyData.Noisy)), blobs);
    }

    private static async Task RunPage(string begins, string module)
    {
        using var folder = new TemporaryFolder();
        (FeatureSet set, _) = await BuildAsync(folder);
        using (set)
        {
            await FeatureSetExport.WriteAsync(set, folder["export"], CancellationToken.None);
            Directory.CreateSymbolicLink(folder["shards"], folder[$"blobs/features/{set.Manifest.Id}"]);
            string page = await File.ReadAllTextAsync(Path.Combine(Root(), "docs/formats/python.md"));
            string code = Assert.Single(Regex.Matches(page, "```python\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), match => match.Value.Contains(begins, StringComparison.Ordinal)).Groups["code"].Value;
            string printed = Python.Run(Python.With(module)!, code, folder.Path)!.Trim();
            Assert.Equal(module == "duckdb" ? CountsOf(set) : Figures(set), printed);
        }
    }

    private static string CountsOf(FeatureSet set) =>
        string.Join('\n', new[] { (Split.Noise, "noise"), (Split.Test, "test"), (Split.Train, "train"), (Split.Validation, "validation") }.Select(s => $"{s.Item2} {set.CountOf(s.Item1)}"));

    private static string Figures(FeatureSet set)
    {
        double sum = 0;
        int labels = 0;
        foreach (SetRow row in set.RowsOf(Split.Train))
        {
            labels += row.Label;
            foreach (short sample in MemoryMarshal.Cast<byte, short>(set.Tensor(row)))
            {
                sum += sample;
            }
        }

        return $"{set.Manifest.Rows} {set.CountOf(Split.Train)} {set.Classes.Count} (16000,) {sum:F1} {labels}";
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Pipeline.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
