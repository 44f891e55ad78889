namespace Pipeline.FeatureStore.Shards;

/// <summary>A batch of rows. Its arrays are used again: they hold until the next batch is asked for.</summary>
/// <param name="Features">[<see cref="Count"/>, bands, frames] row-major; may be longer.</param>
/// <param name="Labels">[<see cref="Count"/>]; may be longer.</param>
public sealed record FeatureBatch(float[] Features, long[] Labels)
{
    /// <summary>Rows in the batch.</summary>
    public int Count { get; internal set; }

    /// <summary>Index of the batch in its epoch, from 0.</summary>
    public int Index { get; internal set; }
}
