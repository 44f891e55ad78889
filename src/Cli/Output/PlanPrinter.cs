using Pipeline.FeatureStore.Shards;

namespace Pipeline.Cli.Output;

/// <summary>Prints how planning goes, at most once a second, on the thread that reports, so that lines stay in order.</summary>
internal sealed class PlanPrinter(Action<string> print) : IProgress<PlanProgress>
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private long _last = TimeProvider.System.GetTimestamp();

    public void Report(PlanProgress value)
    {
        lock (_lock)
        {
            long now = TimeProvider.System.GetTimestamp();
            if (TimeProvider.System.GetElapsedTime(_last, now) >= Every)
            {
                _last = now;
                print($"{value.Stage}: {value.Done} of {value.Total}");
            }
        }
    }
}
