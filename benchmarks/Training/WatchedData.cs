using System.Diagnostics;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Workers.Training;

namespace Pipeline.Bench.Training;

/// <summary>Data that says how long it was waited for.</summary>
internal sealed class WatchedData(ITrialData data) : ITrialData
{
    public int Bands => data.Bands;

    public int Frames => data.Frames;

    public IReadOnlyList<string> Classes => data.Classes;

    /// <summary>The time between asking for a batch and having it, over all batches.</summary>
    public TimeSpan Waited { get; private set; }

    public int Rows(Split split) => data.Rows(split);

    public IReadOnlyList<int> OrderOf(Split split, int epoch) => data.OrderOf(split, epoch);

    public IReadOnlyList<int> CountsOf(Split split) => data.CountsOf(split);

    public IEnumerable<FeatureBatch> Read(Split split, int epoch, CancellationToken cancellationToken)
    {
        using IEnumerator<FeatureBatch> batches = data.Read(split, epoch, cancellationToken).GetEnumerator();
        while (true)
        {
            long asked = Stopwatch.GetTimestamp();
            bool more = batches.MoveNext();
            Waited += Stopwatch.GetElapsedTime(asked);
            if (!more)
            {
                yield break;
            }

            yield return batches.Current;
        }
    }
}
