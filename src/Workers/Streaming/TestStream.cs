using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.Workers.Streaming;

/// <summary>A long stream made of the test recordings of a feature set over its background recordings, and where its keywords stand.</summary>
/// <param name="Sound">The stream.</param>
/// <param name="Keywords">Its keywords, by time.</param>
/// <param name="Source">What it is, in words.</param>
public sealed record TestStream(ISoundStream Sound, IReadOnlyList<SpokenKeyword> Keywords, string Source)
{
    /// <summary>Background recordings taken, and of each the first seconds: more would be held in memory for nothing.</summary>
    private const int MaxNoises = 32;
    private const int NoiseSeconds = 60;

    /// <summary>Composes a stream: a pure function of the plan, the recordings and the other arguments.</summary>
    /// <param name="plan">The plan of the feature set.</param>
    /// <param name="seconds">The stream's length.</param>
    /// <param name="noiseGain">The greatest gain of the background.</param>
    /// <param name="seed">Decides what stands where.</param>
    /// <exception cref="BadInputException">The test split has no recordings of keywords.</exception>
    public static TestStream Compose(FeatureSetPlan plan, double seconds, double noiseGain, ulong seed)
    {
        IReadOnlyList<int> keywords = KeywordStream.KeywordsOf(plan.Classes);

        // Clips of zeros (a silence class) add nothing: the gaps are silent already.
        PlannedClip[] clips = [.. plan.Clips.Where(static c => c is { Split: Split.Test, Row: null, File: not null })];
        if (!clips.Any(c => keywords.Contains(c.Label)))
        {
            throw new BadInputException(
                $"The test split of feature set {plan.Id} has no recordings of keywords, and a stream is made of such. Add a data set of recordings to it (mix).");
        }

        float[][] noise = [.. plan.Clips.Where(static c => c is { Split: Split.Noise, File: not null }).DistinctBy(static c => c.Id).Take(MaxNoises)
            .Select(c => PlannedRecording.Read(plan, c)).Select(s => s[..Math.Min(s.Length, NoiseSeconds * plan.SampleRate)])];
        StreamPlan drawn = StreamPlan.Draw(
            clips.Length, plan.ClipSamples, noise.Length, noiseGain, plan.SampleRate, (long)(seconds * plan.SampleRate), seed);
        SpokenKeyword[] spoken = [.. drawn.Clips.Where(p => keywords.Contains(clips[p.Clip].Label)).Select(p => new SpokenKeyword(
            clips[p.Clip].Label, (double)p.Start / plan.SampleRate, (double)(p.Start + plan.ClipSamples) / plan.SampleRate))];
        ComposedStream sound = new(drawn, plan.SampleRate, i => Fitted(plan, clips[i]), noise);
        return new(sound, spoken, $"{drawn.Clips.Count} test recordings of feature set {plan.Id} over {noise.Length} background recordings, gain up to {noiseGain}, seed {seed}");
    }

    private static float[] Fitted(FeatureSetPlan plan, PlannedClip clip)
    {
        float[] samples = PlannedRecording.Read(plan, clip);
        return samples[..Math.Min(samples.Length, plan.ClipSamples)];
    }
}
