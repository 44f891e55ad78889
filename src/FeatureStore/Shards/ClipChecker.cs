using System.Collections.Concurrent;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Reads every clip once, on all cores: refuses what cannot be used and hashes the rest.</summary>
internal static class ClipChecker
{
    private const int ReportEvery = 256;

    // Background recordings are held in memory as floats while training: half an hour at 16 kHz is 115 MB for each reader's process.
    private const double MaxNoiseSeconds = 1800;

    public static async Task<PlannedClip[]> CheckAsync(
        FoundClip[] clips, IReadOnlyList<string> classes, RowCounter rows, IProgress<PlanProgress>? progress, CancellationToken cancellationToken)
    {
        var planned = new PlannedClip[clips.Length];
        var failures = new ConcurrentDictionary<int, BadInputException>();
        Dictionary<string, int> labels = classes.Select(static (name, index) => (name, index)).ToDictionary();
        using var decoder = new ClipDecoder();
        var noiseSamples = new long[clips.Length];
        int done = 0;
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        await Task.Run(
            () => Parallel.For(0, clips.Length, options, i =>
            {
                try
                {
                    (planned[i], noiseSamples[i]) = Check(clips[i], labels, rows, decoder);
                }
                catch (BadInputException e)
                {
                    failures[i] = e;
                }

                int count = Interlocked.Increment(ref done);
                if (count % ReportEvery == 0 || count == clips.Length)
                {
                    progress?.Report(new("reading recordings", count, clips.Length));
                }
            }),
            cancellationToken);
        if (!failures.IsEmpty)
        {
            // The first in the clips' order, so that the message does not depend on timing.
            BadInputException first = failures[failures.Keys.Min()];
            throw failures.Count == 1 ? first : new BadInputException($"{first.Message} ({failures.Count - 1} more recordings were refused.)", first);
        }

        double noiseSeconds = (double)noiseSamples.Sum() / rows.SampleRate;
        return noiseSeconds <= MaxNoiseSeconds
            ? planned
            : throw new BadInputException($"The background recordings last {noiseSeconds:f0} s. Expected at most {MaxNoiseSeconds} s together; leave some out.");
    }

    private static (PlannedClip Clip, long NoiseSamples) Check(FoundClip clip, Dictionary<string, int> labels, RowCounter rows, ClipDecoder decoder)
    {
        ClipContent content = decoder.Read(clip.File, clip.Row, clip.Reading, rows.SampleRate, rows.ClipSamples);
        int samples = content.Samples?.Length ?? 0;
        if (clip.Split != Split.Noise && samples > rows.ClipSamples)
        {
            throw new BadInputException(
                $"{clip.File}: the recording has {samples} samples. Expected at most {rows.ClipSamples} ({(double)rows.ClipSamples / rows.SampleRate:g3} s at {rows.SampleRate} Hz). "
                + "Cut it, give the data set a longer clipSeconds, or say fit: head or fit: centre.");
        }

        if (clip.Split == Split.Noise && samples < rows.ClipSamples)
        {
            throw new BadInputException($"{clip.File}: the background recording has {samples} samples. Expected at least {rows.ClipSamples}, as many as a clip.");
        }

        var planned = new PlannedClip(
            clip.Id,
            clip.Class is null ? -1 : labels[clip.Class],
            clip.Word,
            clip.Speaker,
            clip.Split,
            clip.File,
            clip.Row,
            content.Sha256,
            rows.RowsOf(clip, samples))
        {
            Reading = clip.Reading,
        };
        return (planned, clip.Split == Split.Noise ? samples : 0);
    }
}
