namespace Pipeline.FeatureStore.Datasets;

/// <summary>Makes speech with espeak-ng.</summary>
public static class SpeechSynthesizer
{
    /// <summary>Makes the data and gives its folder.</summary>
    public static Task<string> SynthesizeAsync(SynthData data, string dataFolder, IProgress<Shards.PlanProgress>? progress, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Not built yet.");
}
