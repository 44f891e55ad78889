using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Tests;

public sealed class InspectTests
{
    [Fact]
    public async Task Copies_and_speakers_that_leak_between_splits_are_named_with_their_counts()
    {
        using var folder = new TemporaryFolder();
        Write(folder, 1, "a.wav", "b.wav");
        Write(folder, 2, "c.wav", "d.wav", "long.wav");
        Write(folder, 3, "e.wav");
        await File.WriteAllTextAsync(folder["list.csv"], """
            path,label,speaker,split,start,end
            a.wav,yes,ann,train,,
            b.wav,no,ann,test,,
            c.wav,yes,bob,train,,
            d.wav,yes,bob,train,,
            e.wav,yes,ann,train,,
            long.wav,no,cat,validation,0,0.25
            long.wav,no,cat,validation,0.25,0.5
            """);
        DataReport report = await DataInspector.InspectAsync(new ManifestData { Path = folder["list.csv"] }, folder.Path, null, CancellationToken.None);
        Assert.Equal(["a.wav = b.wav", "c.wav = d.wav"], report.Duplicates.Select(static group => string.Join(" = ", group)));
        Assert.Equal([new("a.wav", "yes", "train"), new CopiedClip("b.wav", "no", "test")], Assert.Single(report.CopyLeaks));
        Assert.Equal(report.CopyLeaks[0], Assert.Single(report.CopyConflicts));
        SpeakerLeak leak = Assert.Single(report.SpeakerLeaks);
        Assert.Equal(("ann", 1, 2), (leak.Speaker, leak.Clips["test"], leak.Clips["train"]));
        Assert.Equal(["ann"], report.LeakedSpeakers);
        Assert.Equal(new ClassBalance("yes", 4, "no", 0), report.Balance["train"]);
        Assert.Equal(new ClassBalance("no", 2, "yes", 0), report.Balance["validation"]);
    }

    private static void Write(TemporaryFolder folder, int seed, params string[] names)
    {
        float[] sound = [.. Enumerable.Range(0, 8000).Select(i => (float)(0.1 * Math.Sin(0.01 * seed * i)))];
        foreach (string name in names)
        {
            File.WriteAllBytes(folder[name], WavWriter.ToBytes(sound, 16_000));
        }
    }
}
