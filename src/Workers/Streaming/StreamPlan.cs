using Pipeline.Contracts;

namespace Pipeline.Workers.Streaming;

/// <summary>A clip in a composed stream.</summary>
/// <param name="Clip">Its index among the clips.</param>
/// <param name="Start">The sample that it begins at.</param>
public sealed record PlacedClip(int Clip, long Start);

/// <summary>A stretch of background sound in a composed stream: to the next stretch.</summary>
/// <param name="Recording">The index of the background recording, which is repeated from its first sample on.</param>
/// <param name="Start">The sample that it begins at.</param>
/// <param name="Gain">What it is multiplied by.</param>
public sealed record PlacedNoise(int Recording, long Start, float Gain);

/// <summary>Where everything stands in a composed stream: a pure function of its arguments.</summary>
/// <param name="Clips">The clips, by place; none overlaps another.</param>
/// <param name="Noise">The background, by place; empty: there is none.</param>
/// <param name="Samples">The stream's length.</param>
public sealed record StreamPlan(IReadOnlyList<PlacedClip> Clips, IReadOnlyList<PlacedNoise> Noise, long Samples)
{
    /// <summary>Seconds of silence between two clips, at least and at most: a word every three seconds, as someone who tries a device speaks.</summary>
    private const double LeastGap = 1;
    private const double MostGap = 3;

    /// <summary>Seconds of one background.</summary>
    private const int NoiseSeconds = 30;

    /// <summary>Draws a stream: the clips in a shuffled order, shuffled anew when all were placed, with gaps between them.</summary>
    /// <param name="clips">How many clips there are.</param>
    /// <param name="clipSamples">Samples of a clip's place.</param>
    /// <param name="recordings">How many background recordings there are.</param>
    /// <param name="noiseGain">The greatest gain of the background; each stretch's is drawn from 0 to it.</param>
    /// <param name="sampleRate">Samples a second.</param>
    /// <param name="samples">The stream's length.</param>
    /// <param name="seed">Decides it.</param>
    public static StreamPlan Draw(int clips, int clipSamples, int recordings, double noiseGain, int sampleRate, long samples, ulong seed)
    {
        StableRandom random = StableRandom.For(seed, "stream");
        int[] order = [.. Enumerable.Range(0, clips)];
        List<PlacedClip> placed = [];
        long at = 0;
        while (clips > 0)
        {
            if (placed.Count % clips == 0)
            {
                random.Shuffle<int>(order);
            }

            at += (long)(random.NextDouble(LeastGap, MostGap) * sampleRate);
            if (at + clipSamples > samples)
            {
                break;
            }

            placed.Add(new PlacedClip(order[placed.Count % clips], at));
            at += clipSamples;
        }

        List<PlacedNoise> noise = [];
        for (long start = 0; recordings > 0 && start < samples; start += (long)NoiseSeconds * sampleRate)
        {
            noise.Add(new PlacedNoise(random.NextInt(recordings), start, (float)random.NextDouble(0, noiseGain)));
        }

        return new(placed, noise, samples);
    }
}
