using System.Buffers.Binary;
using System.Text;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Weights;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Storage.Blobs;

namespace Pipeline.Fuzz.Tests;

/// <summary>
/// Damaged files of every kind that is read from outside or from storage. Each is read or refused in the project's own words: no reader crashes,
/// hangs, or takes more memory than <see cref="FuzzTarget.MostBytes"/>. The damage is the same each time. A few files of each kind here, 10,000 and
/// more by <c>./test fuzz</c>, which sets the variable that counts them.
/// </summary>
[Trait("Category", "fuzz")]
public sealed class FuzzTests : IDisposable
{
    private static readonly int Count = int.TryParse(Environment.GetEnvironmentVariable("PIPELINE_FUZZ_FILES"), out int files) ? files : 40;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Damaged_wav_files_are_read_or_refused() => Run(new("wav", "a.wav", false, SoundFiles.Wav(), static path => AudioReader.Read(path)));

    [Fact]
    public void Damaged_flac_files_are_read_or_refused() =>
        Run(new("flac", "c.flac", false, SoundFiles.Flac(_folder.Path), static path => AudioReader.Read(path)));

    [Fact]
    public void Damaged_ogg_files_are_read_or_refused() => Run(new("ogg", "c.ogg", false, SoundFiles.Ogg(_folder.Path), static path => AudioReader.Read(path)));

    [Fact]
    public void A_header_that_promises_an_hour_takes_no_memory_for_it()
    {
        // The low 32 bits of STREAMINFO's count of samples.
        byte[] flac = SoundFiles.Flac(_folder.Path)[0];
        BinaryPrimitives.WriteUInt32BigEndian(flac.AsSpan(22), 80_000_000);
        File.WriteAllBytes(_folder.File("long.flac"), flac);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("80000000 frames", Assert.Throws<BadInputException>(() => AudioReader.Read(_folder.File("long.flac"))).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Label_pages_behind_a_sound_checksum_are_read_or_refused()
    {
        for (int number = 0; number < 25 * Count; number++)
        {
            StableRandom random = StableRandom.For(6, "fuzz:runs", number);
            byte[] page = [.. Enumerable.Range(0, random.NextInt(64)).Select(_ => (byte)random.NextInt(256))];
            Exception? found = Record.Exception(() => RleBitPacking.Decode(page, random.NextInt(40), random.NextInt(2000)));
            Assert.True(found is null or FormatException, $"page {number}: {found}");
        }
    }

    [Fact]
    public async Task Damaged_shards_are_read_or_refused()
    {
        DirectoryBlobStore blobs = new(_folder.File("blobs"));
        string[] manifests = await StoredFiles.FeatureSetsAsync(blobs, Directory.CreateDirectory(_folder.File("data")).FullName);
        byte[][] shards = [.. manifests.Select(key => File.ReadAllBytes(_folder.File($"blobs/{Path.GetDirectoryName(key)}/shard-00000.parquet")))];
        Run(new("shard", "shard.parquet", false, shards, static path => ReadShard(path)));
    }

    [Fact]
    public async Task Damaged_manifests_of_feature_sets_are_read_or_refused()
    {
        DirectoryBlobStore blobs = new(_folder.File("blobs"));
        string[] manifests = await StoredFiles.FeatureSetsAsync(blobs, Directory.CreateDirectory(_folder.File("data")).FullName);
        byte[][] files = [.. manifests.Select(key => File.ReadAllBytes(_folder.File("blobs/" + key)))];
        Run(new("feature set", "blobs/manifest.json", true, files, _ => FeatureSet.OpenAsync(blobs, "manifest.json", default).GetAwaiter().GetResult().Dispose()));
    }

    [Fact]
    public async Task Damaged_plans_of_feature_sets_are_read_or_refused()
    {
        DirectoryBlobStore blobs = new(_folder.File("blobs"));
        string[] manifests = await StoredFiles.FeatureSetsAsync(blobs, Directory.CreateDirectory(_folder.File("data")).FullName);
        byte[][] files = [.. manifests.Select(key => File.ReadAllBytes(_folder.File($"blobs/{Path.GetDirectoryName(key)}/plan.json")))];
        Run(new("plan", "plan.json", true, files, path => ShardBuilder.BuildAsync(blobs, FeatureSetPlan.FromBytes(File.ReadAllBytes(path)), 0, default).GetAwaiter().GetResult()));
    }

    [Fact]
    public void Damaged_numpy_arrays_are_read_or_refused()
    {
        File.WriteAllBytes(_folder.File("index.tsv"), StoredFiles.Index(5));
        Run(new("numpy", "features.npy", false, [StoredFiles.NumPy(5), StoredFiles.NumPy(7), StoredFiles.NumPy(5, "<f4", 4)], ReadRows));
    }

    [Fact]
    public void Damaged_indexes_of_arrays_are_read_or_refused()
    {
        File.WriteAllBytes(_folder.File("features.npy"), StoredFiles.NumPy(30));
        Run(new("index", "index.tsv", true, [StoredFiles.Index(30), StoredFiles.Index(12)], ReadRows));
    }

    [Theory]
    [InlineData("csv", ',')]
    [InlineData("tsv", '\t')]
    public void Damaged_manifests_of_recordings_are_read_or_refused(string ending, char separator) => Run(new(
        ending, "manifest." + ending, true, [StoredFiles.Manifest(separator)], static path => ManifestScanner.Scan(new() { Path = path })));

    [Fact]
    public void Damaged_weights_are_read_or_refused() => Run(new(
        "safetensors", "weights", false, [StoredFiles.Weights()], static path => Safetensors.Read(File.ReadAllBytes(path), path)));

    [Fact]
    public void Damaged_deployments_are_read_or_refused()
    {
        byte[] file = Encoding.UTF8.GetBytes(File.ReadAllText(Path.Combine(TestTools.Root, "pipeline.yaml")).Replace("${PIPELINE_DATA}", "data", StringComparison.Ordinal));
        Run(new("deployment", "pipeline.yaml", true, [file], static path => ReadDeployment(Deployment.Load(path))));
    }

    [Fact]
    public void Damaged_sweeps_are_read_or_refused()
    {
        Deployment deployment = Deployment.Load(Path.Combine(TestTools.Root, "pipeline.yaml"));
        byte[][] files = [.. new[] { "quickstart", "ablation" }.Select(static name => File.ReadAllBytes(Path.Combine(TestTools.Root, $"sweeps/{name}.yaml")))];
        Run(new("sweep", "sweep.yaml", true, files, path => SweepFile.Load(path, deployment, [])));
    }

    private void Run(FuzzTarget target)
    {
        int refused = target.Run(_folder.Path, Count);

        // Damage that is never seen would be none.
        Assert.True(refused > Count / 10, $"only {refused} of {Count} files were refused");
    }

    private static void ReadShard(string path)
    {
        using ParquetShardReader reader = ParquetShardReader.Open(path, verifyTensors: true);
        long sum = 0;
        for (int row = 0; row < reader.Rows.Count; row++)
        {
            sum += reader.Tensor(row)[^1];
        }

        Assert.True(sum >= 0);
    }

    private static void ReadRows(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        using ClipDecoder decoder = new();
        foreach (FoundClip clip in ImportedFeatures.Scan(new() { Path = folder, Gain = 1 }, []).Clips)
        {
            decoder.Read(clip.File, clip.Row, clip.Reading, 16_000, 16_000);
        }
    }

    private static void ReadDeployment(Deployment deployment)
    {
        foreach (string name in deployment.DataNames)
        {
            deployment.Data(name);
        }

        foreach (string name in deployment.FeatureSetNames)
        {
            deployment.FeatureSet(name);
        }

        _ = (deployment.Targets, deployment.Fleets, deployment.Recurring, deployment.Postgres(), deployment.AzureBlobs());
    }
}
