using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

/// <summary>A set that is open takes tens of bytes a row, and none of its pages.</summary>
[Collection(nameof(LargeSetTests))]
public sealed class LargeSetTests : IDisposable
{
    private const int ShardCount = 4;
    private const int RowsPerShard = 30_000;
    private const int TensorBytes = 64;
    private const int Rows = ShardCount * RowsPerShard;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(660, 40, 120)]
    [InlineData(1, 100, 500)]
    public async Task An_open_set_takes_few_bytes_a_row_and_its_tensors_none(int copies, int mostHeld, int mostAllocated)
    {
        var blobs = new DirectoryBlobStore(_folder["blobs"]);
        string manifest = await WriteAsync(blobs, copies);
        var small = new DirectoryBlobStore(_folder["small"]);
        await NumberedSet.WriteAsync(small, 5);
        (await FeatureSet.OpenAsync(small, NumberedSet.Manifest, default)).Dispose();
        long held = GC.GetTotalMemory(forceFullCollection: true), allocated = GC.GetTotalAllocatedBytes(precise: true);
        using FeatureSet set = await FeatureSet.OpenAsync(blobs, manifest, default);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        held = GC.GetTotalMemory(forceFullCollection: true) - held;
        Assert.True(held > 0 && held <= mostHeld * Rows && allocated <= mostAllocated * Rows, $"{(double)held / Rows} bytes a row are held, {(double)allocated / Rows} were allocated");
        Assert.Equal(ShardCount, PagesInMemory().Count());
        Assert.All(PagesInMemory(), static bytes => Assert.Equal(0, bytes));
        Assert.Equal(Rows, set.CountOf(Split.Train));
        SetRow last = set.RowsOf(Split.Train)[^1];
        Assert.Equal(Row(Rows - 1, copies), set.LabelsOf(last));
        Assert.Equal((Row(Rows - 1, copies).Label, 101), (last.Label, set.LengthOf(last)));
    }

    [Fact]
    public void Columns_hold_what_was_put_into_them()
    {
        Gen<int> number = Gen.OneOf(Gen.Choose(-3, 3), Gen.Choose(0, 300), Gen.Choose(0, 70_000), Gen.Elements(int.MinValue, -1, 0, int.MaxValue));
        Prop.ForAll(Arb.From(Gen.ListOf(number)), static numbers =>
        {
            int[] values = [.. numbers];
            NumberColumn column = new(values);
            Assert.Equal(values, values.Select((_, row) => column[row]));
        }).Check(Config.QuickThrowOnFailure);
        Prop.ForAll(Arb.From(Gen.NonEmptyListOf(Gen.Elements("", "yes", "nø", "\ud83d\ude42", new string('x', 70_000)))), static texts =>
        {
            string[] distinct = [.. texts.Distinct()];
            TextColumn column = new(distinct, [.. texts.Select(text => Array.IndexOf(distinct, text))]);
            Assert.Equal(texts, texts.Select((_, row) => column[row]));
        }).Check(Config.QuickThrowOnFailure);
    }

    private static ShardRow Row(int row, int copies) => new(
        $"marvin/{(uint)StableRandom.Derive(1, "clip", row / copies):x8}_nohash_{row / copies}.wav", row / copies % 12, "marvin", $"{row / copies % 2000:x8}", "train", row % copies, 101);

    private static async Task<string> WriteAsync(DirectoryBlobStore blobs, int copies)
    {
        FeatureSetId id = new("00000000000000bb");
        List<ShardResult> shards = [];
        for (int shard = 0; shard < ShardCount; shard++)
        {
            string key = ShardBuilder.BlobKey(id, shard);
            (long bytes, string sha256) = (0, "");
            int first = shard * RowsPerShard;
            await blobs.PutFileAsync(
                key,
                (path, _) =>
                {
                    using FileStream file = ParquetShardWriter.CreateFile(path, RowsPerShard, TensorBytes);
                    using var writer = new ParquetShardWriter(file, TensorBytes, [new("elementType", "float16")]);
                    for (int row = 0; row < RowsPerShard; row++)
                    {
                        writer.Append(Row(first + row, copies), new byte[TensorBytes]);
                    }

                    (bytes, sha256) = writer.Complete();
                    return Task.CompletedTask;
                },
                default);
            shards.Add(new(shard, key, RowsPerShard, bytes, sha256));
        }

        FeatureSetManifest manifest = new()
        {
            Format = FeatureSetPlan.CurrentFormat,
            Id = id,
            Content = ShardContent.Features,
            FrontEnd = "log-mel-40-torchaudio",
            SampleRate = 16_000,
            ClipSamples = 16_000,
            Shape = [1, TensorBytes / 2],
            Classes = [.. Enumerable.Range(0, 12).Select(static i => $"class{i}")],
            Shards = shards,
        };
        await blobs.PutAsync(FeatureSetManifest.BlobKey(id), manifest.ToBytes(), default);
        return FeatureSetManifest.BlobKey(id);
    }

    /// <summary>Kilobytes of each of the mapped shards that are in memory.</summary>
    private IEnumerable<int> PagesInMemory() => Regex.Matches(
            File.ReadAllText("/proc/self/smaps"), $@"{Regex.Escape(_folder["blobs"])}\S*\.parquet\n(?:.*\n)*?Rss:\s*(?<kb>\d+)", RegexOptions.None, TimeSpan.FromSeconds(10))
        .Select(static match => int.Parse(match.Groups["kb"].Value, System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>Allocations of the whole process are measured, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(LargeSetTests), DisableParallelization = true)]
public sealed class LargeSetCollection;
