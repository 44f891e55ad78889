using System.Text;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

public sealed class ImportedFeaturesTests
{
    private const string FrontEnd = "mfcc-10-mlperf-tiny";
    private static readonly AugmentSpec Roll = new() { Probability = 1, Steps = [new RollStep(10)] };

    [Fact]
    public async Task Rows_are_transposed_and_turned_back_into_logarithms()
    {
        using var folder = new TemporaryFolder();
        byte[] values = Write(folder.Path);
        FeatureSetPlan plan = await TinyData.Plan(new ImportedFeaturesData { Path = folder.Path, UnknownPercent = 5 }, Roll, "log-mel-40-4khz");
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), plan);
        PlannedClip[] clips = [.. plan.Clips.Where(static clip => clip.Split == Split.Test)];
        var loader = new BatchLoader(set, new() { Split = Split.Test, FrontEnd = "log-mel-40-4khz", Augment = Roll, BatchSize = clips.Length });
        FeatureBatch batch = loader.ReadEpoch(0, CancellationToken.None).First();
        Assert.Equal(clips.Select(static clip => (long)clip.Label), batch.Labels);
        for (int i = 0; i < clips.Length; i++)
        {
            for (int band = 0; band < 40; band++)
            {
                for (int frame = 0; frame < 98; frame++)
                {
                    double expected = (values[(((clips[i].Row!.Value * 98) + frame) * 40) + band] - 146.4) / 10.05;
                    Assert.Equal(expected, batch.Features[(((i * 40) + band) * 98) + frame], 0.008);
                }
            }
        }

        Assert.All(plan.Clips.GroupBy(static clip => clip.Split), static split =>
            Assert.Equal(Math.Ceiling(split.Count(static clip => clip.Label > 1) * 0.05), split.Count(static clip => clip.Label == 1)));
    }

    [Theory]
    [InlineData("|u1", 2, 3)]
    [InlineData("|i1", 4, -5)]
    [InlineData("<f2", 1, 0)]
    [InlineData("<f4", 0.5, 1)]
    public async Task Values_of_any_type_stand_for_what_the_recipe_says(string type, double gain, double offset)
    {
        using var folder = new TemporaryFolder();
        byte[] values = Write(folder.Path);
        WriteArray(folder.Path, type, [.. values.SelectMany(value => Stored(type, value))]);
        ImportedFeaturesData data = new() { Path = folder.Path, Gain = gain, Offset = offset };
        FeatureSetPlan plan = await TinyData.Plan(data, Roll, "log-mel-40-4khz");
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), plan);
        PlannedClip clip = plan.Clips.First(static clip => clip.Split == Split.Test);
        FeatureBatch batch = new BatchLoader(set, new() { Split = Split.Test, FrontEnd = "log-mel-40-4khz", BatchSize = 1 }).ReadEpoch(0, CancellationToken.None).First();
        for (int band = 0; band < 40; band++)
        {
            double value = values[(clip.Row!.Value * 98 * 40) + band];
            Assert.Equal(((type == "|i1" ? value - 128 : value) - offset) / gain, batch.Features[band * 98], 0.26);
        }

        // What the numbers stand for is part of the set; saying what is so anyway is not.
        Assert.NotEqual(plan.Id, (await TinyData.Plan(data with { Offset = offset + 1 }, Roll, "log-mel-40-4khz")).Id);
        Assert.Equal(plan.Id, FeatureSetPlan.FromBytes(plan.ToBytes()).Id);
        Assert.Equal(type == "|u1", await Record.ExceptionAsync(() => TinyData.Plan(new ImportedFeaturesData { Path = folder.Path }, Roll, "log-mel-40-4khz")) is null);
        if (type == "|u1")
        {
            Assert.Equal(
                (await TinyData.Plan(new ImportedFeaturesData { Path = folder.Path }, Roll, "log-mel-40-4khz")).Id,
                (await TinyData.Plan(data with { Gain = 10.05, Offset = 146.4 }, Roll, "log-mel-40-4khz")).Id);
        }
    }

    [Fact]
    public async Task Imports_that_do_not_hold_together_are_refused_naming_the_file_and_line()
    {
        await Refused(["features.npy", "98, 40"], static folder => File.WriteAllBytes(Path.Combine(folder, "features.npy"), File.ReadAllBytes(Path.Combine(folder, "features.npy"))[..^1]));
        await Refused(["features.npy", "NumPy"], static folder => File.WriteAllBytes(Path.Combine(folder, "features.npy"), [1, 2, 3]));
        await Refused(["index.tsv", "line 1"], static folder => File.WriteAllText(Path.Combine(folder, "index.tsv"), "row,label\n"));
        await Refused(["index.tsv", "line 301", "999"], static folder => Append(folder, "999\tyes\tyes\t0\ttraining\tx\n", drop: 1));
        await Refused(["index.tsv", "maybe"], static folder => Append(folder, "3\tmaybe\tyes\t0\ttraining\tx\n"));
        await Refused(["index.tsv", "sometimes"], static folder => Append(folder, "3\tyes\tyes\t0\tsometimes\tx\n"));
        await Refused(["twice", "yes/clip-"], static folder => Append(folder, "3\tyes\tyes\t0\ttraining\tclip-11\n"));
        await Refused(["features.npy", "float32", "values: { gain: 1, offset: 0 }"], static folder => WriteArray(folder, "<f4", new byte[300 * 98 * 40 * 4]));
        await Refused(["features.npy", "Expected uint8, int8, float16 or float32"], static folder => WriteArray(folder, "<f8", new byte[300 * 98 * 40 * 8]));
        await Refused(["shift and noise"], static _ => { }, TinyData.Noisy);
    }

    [Fact]
    public async Task Rows_of_any_front_end_are_taken_and_every_label_of_the_index_may_be_a_class()
    {
        using var folder = new TemporaryFolder();
        ImportedFeaturesData data = new() { Path = folder.Path, Classes = 3, Gain = 2, Offset = 1 };
        float[] values = WriteSmall(folder.Path);
        FeatureSetPlan plan = await TinyData.Plan(data, Roll, FrontEnd);
        Assert.Equal(["bird", "cat", "dog"], plan.Classes);
        Assert.Equal([10, 49], plan.Shape);
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), FeatureSetPlan.FromBytes(plan.ToBytes()));
        PlannedClip[] clips = [.. plan.Clips.Where(static clip => clip.Split == Split.Test)];
        FeatureBatch batch = new BatchLoader(set, new() { Split = Split.Test, FrontEnd = FrontEnd, BatchSize = clips.Length }).ReadEpoch(0, CancellationToken.None).First();
        for (int i = 0; i < clips.Length; i++)
        {
            for (int at = 0; at < 490; at++)
            {
                Assert.Equal((values[(clips[i].Row!.Value * 490) + (at % 49 * 10) + (at / 49)] - 1) / 2, batch.Features[(i * 490) + at], 0.01);
            }
        }

        string refused = (await Assert.ThrowsAsync<BadInputException>(() => TinyData.Plan(data with { Classes = 4 }, Roll, FrontEnd))).Message;
        Assert.Contains("found 3 labels: bird, cat, dog. Expected 4", refused, StringComparison.Ordinal);
        refused = (await Assert.ThrowsAsync<BadInputException>(() => TinyData.Plan(data with { ClipSeconds = 2 }, Roll, FrontEnd))).Message;
        Assert.Contains("found rows of 49 frames of 10 bands", refused, StringComparison.Ordinal);
        refused = (await Assert.ThrowsAsync<BadInputException>(() => TinyData.Plan(data with { Gain = null }, Roll, FrontEnd))).Message;
        Assert.Contains("found float32 [rows, 49, 10]", refused, StringComparison.Ordinal);
    }

    private static float[] WriteSmall(string folder)
    {
        const int rows = 24;
        string[] splits = ["training", "validation", "testing"], labels = ["dog", "bird", "cat"];
        File.WriteAllText(
            Path.Combine(folder, "index.tsv"),
            "row\tlabel\tword\tspeaker\tsplit\tname\n" + string.Concat(Enumerable.Range(0, rows).Select(row => $"{row}\t{labels[row % 3]}\tx\tab\t{splits[row / 3 % 3]}\tclip-{row}\n")));
        var random = new StableRandom(4);
        float[] values = [.. Enumerable.Range(0, rows * 490).Select(_ => random.NextInt(256) / 16f)];
        WriteArray(folder, "<f4", [.. values.SelectMany(BitConverter.GetBytes)], $"{rows}, 49, 10");
        return values;
    }

    private static void Append(string folder, string line, int drop = 0)
    {
        string path = Path.Combine(folder, "index.tsv");
        File.WriteAllText(path, string.Concat(File.ReadAllLines(path).SkipLast(drop).Select(static l => l + "\n")) + line);
    }

    private static async Task Refused(string[] parts, Action<string> spoil, AugmentSpec? augment = null)
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        spoil(folder.Path);
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => TinyData.Plan(new ImportedFeaturesData { Path = folder.Path }, augment ?? Roll, "log-mel-40-4khz"));
        Assert.All(parts, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
    }

    private static byte[] Write(string folder)
    {
        const int rows = 300;
        string[] splits = ["training", "training", "validation", "testing"];
        var index = new StringBuilder("row\tlabel\tword\tspeaker\tsplit\tname\n");
        for (int row = 0; row < rows; row++)
        {
            string label = TwelveClasses.Names[row % 12];
            index.Append(row).Append('\t').Append(label).Append('\t').Append(label).Append("\tab\t").Append(splits[row / 12 % 4]).Append("\tclip-").Append(row).Append('\n');
        }

        File.WriteAllText(Path.Combine(folder, "index.tsv"), index.ToString());
        var random = new StableRandom(3);
        byte[] values = [.. Enumerable.Range(0, rows * 98 * 40).Select(_ => (byte)random.NextInt(256))];
        WriteArray(folder, "|u1", values);
        return values;
    }

    private static void WriteArray(string folder, string type, byte[] values, string shape = "300, 98, 40")
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), }}".PadRight(117) + "\n";
        File.WriteAllBytes(Path.Combine(folder, "features.npy"), [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header), .. values]);
    }

    private static byte[] Stored(string type, byte value) => type switch
    {
        "|u1" => [value],
        "|i1" => [(byte)(value - 128)],
        "<f2" => BitConverter.GetBytes((Half)value),
        _ => BitConverter.GetBytes((float)value),
    };
}
