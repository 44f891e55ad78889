using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Storage.Blobs;

namespace Pipeline.FeatureStore.Tests;

public sealed class ManifestTests
{
    [Fact]
    public async Task Columns_say_label_speaker_split_and_section()
    {
        using var folder = new TemporaryFolder();
        Write(folder["long, \"take\" 1.wav"], 16_000, 48_000);
        File.WriteAllText(folder["list.csv"], """
            label,path,speaker,split,start,end
            b,"long, ""take"" 1.wav",anna,train,0.5,1.25
            a,"long, ""take"" 1.wav",anna,train,1.25,

            a,"long, ""take"" 1.wav",bert,test,,

            """);
        FoundData found = await Scan(new() { Path = folder["list.csv"], ClipSeconds = 3, Licence = "CC0" });
        Assert.Equal(["a", "b"], found.Classes);
        Assert.Equal(["b:anna:Train:0.5-1.25", "a:anna:Train:1.25-", "a:bert:Test:-"], found.Clips.Select(static c => $"{c.Class}:{c.Speaker}:{c.Split}:{c.Reading?.Start}-{c.Reading?.End}"));
        DataReport report = await DataInspector.InspectAsync(new ManifestData { Path = folder["list.csv"], ClipSeconds = 3, Licence = "CC0" }, folder.Path, null, CancellationToken.None);
        Assert.Equal([0.75, 1.75, 3.0], report.Seconds);
        Assert.Empty(report.Duplicates);
        Assert.Equal("CC0", report.Licence);
    }

    [Fact]
    public async Task Without_a_split_column_no_speaker_stands_in_two_parts()
    {
        using var folder = new TemporaryFolder();
        IEnumerable<string> lines = Enumerable.Range(0, 60).Select(i => $"{i}.wav\t{(i % 2 == 0 ? "yes" : "no")}\tspeaker{i % 20}");
        File.WriteAllLines(folder["list.tsv"], ["path\tlabel\tspeaker", .. lines]);
        FoundData found = await Scan(new() { Path = folder["list.tsv"] });
        Assert.Equal([48, 6, 6], new[] { Split.Train, Split.Validation, Split.Test }.Select(s => found.Clips.Count(c => c.Split == s)));
        Assert.All(found.Clips.ToLookup(static c => c.Speaker, static c => c.Split), static speaker => Assert.Single(speaker.Distinct()));
    }

    [Theory]
    [InlineData("path,label,spk\na.wav,yes,x", "list.csv:1: found the columns path, label, spk")]
    [InlineData("path,speaker\na.wav,x", "list.csv:1: found the columns path, speaker")]
    [InlineData("path,label\na.wav", "list.csv:2: found 1 cells. Expected 2")]
    [InlineData("path,label\na.wav,", "list.csv:2: the cell 'label' is empty")]
    [InlineData("path,label\n\"a.wav,yes", "list.csv:2: a quote is not closed")]
    [InlineData("path,label,split\na.wav,yes,dev", "list.csv:2: the split is 'dev'. Expected train, validation or test")]
    [InlineData("path,label,start,end\na.wav,yes,2,1", "list.csv:2: the clip ends at 1 s")]
    [InlineData("path,label,start\na.wav,yes,soon", "list.csv:2: 'start' is 'soon'")]
    [InlineData("path,label\n", "list.csv: lists no recordings")]
    [InlineData("path,label\na.wav,yes\na.wav,no", "clip ids twice, the first 'a.wav'")]
    public async Task A_mistake_is_named_with_its_line(string text, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["list.csv"], text);
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => Scan(new() { Path = folder["list.csv"] }));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sections_are_cut_resampled_and_fitted_into_rows()
    {
        using var folder = new TemporaryFolder();
        float[] sound = Write(folder["a.wav"], 8_000, 24_000);
        File.WriteAllText(folder["list.csv"], "path,label,split,start,end\na.wav,x,train,0.25,0.75\na.wav,x,validation,1,1.5\na.wav,x,test,0,2.5\n");
        ManifestData data = new() { Path = folder["list.csv"], Resample = 16_000, Fit = ClipFit.Centre };
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder["blobs"]), await TinyData.Plan(data, new() { Steps = [new ShiftStep(10)] }));
        short[] half = Pcm(Resampler.Of(8_000, 16_000).Apply(sound.AsSpan(2_000, 4_000)));
        Assert.Equal([.. new short[4_000], .. half, .. new short[4_000]], Row(set, Split.Train));
        short[] whole = Pcm(Resampler.Of(8_000, 16_000).Apply(sound.AsSpan(0, 20_000)));
        Assert.Equal(whole[12_000..28_000], Row(set, Split.Test));

        await Scan(data with { Fit = ClipFit.Head });
        using FeatureSet heads = await Sets.BuildAsync(new DirectoryBlobStore(folder["heads"]), await TinyData.Plan(data with { Fit = ClipFit.Head }, new() { Steps = [new ShiftStep(10)] }));
        Assert.Equal(whole[..16_000], Row(heads, Split.Test));
        Assert.Equal([.. half, .. new short[8_000]], Row(heads, Split.Train));
        Assert.NotEqual(set.Manifest.Id, heads.Manifest.Id);
    }

    [Theory]
    [InlineData(null, ClipFit.Centre, "the recording has 8000 Hz. Expected 16000 Hz, which the front end takes. Write resample: 16000")]
    [InlineData(22_050, ClipFit.Centre, "The data set says resample: 22050; write resample: 16000")]
    [InlineData(16_000, ClipFit.Whole, "the recording has 40000 samples. Expected at most 16000")]
    public async Task Another_rate_and_a_longer_clip_are_refused_saying_what_to_write(int? resample, ClipFit fit, string message)
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.wav"], 8_000, 24_000);
        File.WriteAllText(folder["list.csv"], "path,label,split,start,end\na.wav,x,train,0,2.5\na.wav,x,validation,1,1.5\na.wav,x,test,0,0.5\n");
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => TinyData.Plan(new ManifestData { Path = folder["list.csv"], Resample = resample, Fit = fit }, null));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_section_past_the_end_of_its_recording_is_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.wav"], 16_000, 16_000);
        File.WriteAllText(folder["list.csv"], "path,label,split,start,end\na.wav,x,train,0,1.005\na.wav,x,validation,0.5,1.1\na.wav,x,test,0,0.5\n");
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => TinyData.Plan(new ManifestData { Path = folder["list.csv"] }, null));
        Assert.Contains("the recording lasts 1.000 s. Expected a clip from 0.5 to 1.1 s", e.Message, StringComparison.Ordinal);
    }

    [RealDataFact]
    public async Task Emodb_becomes_rows_at_16_kHz()
    {
        using var folder = new TemporaryFolder();
        CorpusData data = new() { Corpus = Corpus.Emodb, Path = RealData.Emodb, ClipSeconds = 2, Resample = 16_000 };
        FeatureSetPlan plan = await TinyData.Plan(data, null);
        Assert.Equal(535, plan.RowCount);
        Assert.Equal([40, 201], plan.Shape);
        using FeatureSet set = await Sets.BuildAsync(new DirectoryBlobStore(folder.Path), plan);
        Assert.Equal(535, set.Manifest.Rows);
        PlannedClip clip = plan.Clips.First(static c => c.Split == Split.Test);
        Assert.Equal(32_000, PlannedRecording.Read(plan, clip).Length);
    }

    private static short[] Row(FeatureSet set, Split split) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(set.Tensor(set.RowsOf(split)[0])).ToArray();

    private static short[] Pcm(float[] samples) => [.. samples.Select(Pcm16.FromFloat)];

    private static float[] Write(string file, int rate, int samples)
    {
        StableRandom random = new(7);
        File.WriteAllBytes(file, WavWriter.ToBytes([.. Enumerable.Range(0, samples).Select(_ => (float)random.NextDouble(-0.5, 0.5))], rate));
        return AudioReader.Read(file).Samples;
    }

    private static Task<FoundData> Scan(ManifestData data) => DataScanner.ScanAsync(data, Path.GetTempPath(), null, CancellationToken.None);
}
