using Pipeline.FeatureStore.Shards;

namespace Pipeline.Cli.Output;

/// <summary>Says how far the building of a feature set is, on the thread that reports.</summary>
internal sealed class BuildPrinter(Action<string> note, long estimatedBytes) : IProgress<BuildProgress>
{
    public void Report(BuildProgress value) => note(
        $"{value.Shards} of {value.ShardCount} shards, {Format.Bytes(value.Bytes)} of about {Format.Bytes(estimatedBytes)}, "
        + $"{Format.Count((long)value.ClipsPerSecond)} clips/s, {Format.Duration(value.Left)} left");
}
