using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

public sealed class RowFormatTests
{
    private static readonly RowFormat Int8 = new(ElementType.Int8, -20, 12);

    [Fact]
    public void What_was_stored_is_read_back_within_the_types_precision()
    {
        Prop.ForAll(Arb.From(Gen.ArrayOf(Gen.Choose(-20_000, 12_000).Select(static i => i / 1000f))), static values =>
        {
            Assert.Equal(values, Back(new(ElementType.Float32), values));
            Assert.Equal(values.Select(static v => (float)(Half)v), Back(RowFormat.Features, values));
            Assert.All(values.Zip(Back(Int8, values)), static pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 16.001 / 255));
        }).QuickCheckThrowOnFailure();
        Assert.Equal([-20f, 12f], Back(Int8, [-1e9f, 1e9f]));
        sbyte[] steps = new sbyte[2];
        new RowCodec(Int8).Encode([-20, 12], MemoryMarshal.AsBytes(steps.AsSpan()));
        Assert.Equal([-128, 127], steps);
    }

    [Theory]
    [InlineData(ElementType.Float16, 65_520f, 1)]
    [InlineData(ElementType.Float16, 65_504f, -1)]
    [InlineData(ElementType.Float16, float.NaN, 1)]
    [InlineData(ElementType.Float32, 65_520f, -1)]
    [InlineData(ElementType.Float32, float.NegativeInfinity, 1)]
    [InlineData(ElementType.Int8, float.NaN, 1)]
    public void The_first_value_that_does_not_fit_is_found(ElementType type, float value, int expected)
    {
        RowFormat format = type == ElementType.Int8 ? Int8 : new(type);
        Assert.Equal(expected, new RowCodec(format).Encode([1, value, 2], new byte[3 * format.ValueBytes]));
    }

    [Fact]
    public async Task A_set_of_every_type_is_built_and_read()
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder["data"]);
        float[] exact = await ReadAsync(folder["f32"], data, new(ElementType.Float32));
        float[] half = await ReadAsync(folder["f16"], data, null);
        float[] steps = await ReadAsync(folder["i8"], data, Int8);
        Assert.Equal(exact.Select(static v => (float)(Half)v), half);
        Assert.Contains(exact, static v => v != (float)(Half)v);
        Assert.All(exact.Zip(steps), static pair => Assert.InRange(Math.Abs(Math.Clamp(pair.First, -20, 12) - pair.Second), 0, 16.001 / 255));
        Assert.True(steps.Distinct().Count() > 50);
    }

    [Fact]
    public async Task A_type_makes_another_set_but_for_the_one_that_holds_anyway()
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder["data"]);
        FeatureSetPlan usual = await Plan(data, null), half = await Plan(data, RowFormat.Features), exact = await Plan(data, new(ElementType.Float32));
        Assert.Equal(usual.Id, half.Id);
        Assert.NotEqual(usual.Id, exact.Id);
        Assert.Equal(2 * usual.RowBytes, exact.RowBytes);
        Assert.Equal(exact.RowFormat, FeatureSetPlan.FromBytes(exact.ToBytes()).RowFormat);
    }

    [Fact]
    public async Task Types_that_cannot_be_are_refused()
    {
        using var folder = new TemporaryFolder();
        SpeechCommandsData data = TinyData.Write(folder["data"]);
        foreach (RowFormat type in (RowFormat[])[new(ElementType.Int16), new(ElementType.Int8), new(ElementType.Int8, 1, 1), new(ElementType.Float32, 0, 1)])
        {
            Assert.Contains("The type of the features is", (await Assert.ThrowsAsync<BadInputException>(() => Plan(data, type))).Message, StringComparison.Ordinal);
        }

        BadInputException audio = await Assert.ThrowsAsync<BadInputException>(() => FeatureSetPlanner.PlanAsync(
            new(data, "log-mel-40-torchaudio", TinyData.Noisy) { Type = new(ElementType.Float32) }, Path.GetTempPath(), null, null, CancellationToken.None));
        Assert.Contains("int16", audio.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_shard_of_another_type_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var blobs = new DirectoryBlobStore(folder["blobs"]);
        FeatureSetPlan plan = await Plan(TinyData.Write(folder["data"]), new(ElementType.Float32));
        string key = FeatureSetManifest.BlobKey(plan.Id);
        (await Sets.BuildAsync(blobs, plan)).Dispose();
        FeatureSetManifest manifest = FeatureSetManifest.FromBytes((await blobs.TryGetAsync(key, default))!) with { Type = null, Shape = [80, 101] };
        await blobs.PutAsync(key, manifest.ToBytes(), default);
        CorruptDataException e = await Assert.ThrowsAsync<CorruptDataException>(() => FeatureSet.OpenAsync(blobs, key, default));
        Assert.Contains("float32. Expected", e.Message, StringComparison.Ordinal);
        Assert.Contains("of float16.", e.Message, StringComparison.Ordinal);
    }

    private static float[] Back(RowFormat format, float[] values)
    {
        byte[] row = new byte[values.Length * format.ValueBytes];
        float[] back = new float[values.Length];
        Assert.Equal(-1, new RowCodec(format).Encode(values, row));
        new RowCodec(format).Decode(row, back);
        return back;
    }

    private static async Task<float[]> ReadAsync(string folder, SpeechCommandsData data, RowFormat? type)
    {
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder), await Plan(data, type));
        var loader = new BatchLoader(set, new() { Split = Split.Test, FrontEnd = "log-mel-40-torchaudio", BatchSize = 50 });
        return [.. loader.ReadEpoch(0, default).SelectMany(static batch => batch.Features.Take(batch.Count * 4040).ToArray())];
    }

    private static Task<FeatureSetPlan> Plan(SpeechCommandsData data, RowFormat? type) =>
        FeatureSetPlanner.PlanAsync(new(data, "log-mel-40-torchaudio", Augment: null) { Type = type }, Path.GetTempPath(), null, null, CancellationToken.None);
}
