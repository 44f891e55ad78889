namespace Pipeline.Workers.Streaming;

/// <summary>The sound of a plan: its clips over its background. Each part is made when it is read, so that hours take the memory of a clip.</summary>
/// <param name="plan">Where everything stands.</param>
/// <param name="sampleRate">Samples a second.</param>
/// <param name="clip">Reads a clip.</param>
/// <param name="noise">The background recordings.</param>
public sealed class ComposedStream(StreamPlan plan, int sampleRate, Func<int, float[]> clip, IReadOnlyList<float[]> noise) : ISoundStream
{
    private readonly long[] _clipStarts = [.. plan.Clips.Select(static c => c.Start)];
    private readonly long[] _noiseStarts = [.. plan.Noise.Select(static n => n.Start)];
    private (int Clip, float[] Samples) _last = (-1, []);

    /// <inheritdoc/>
    public int SampleRate => sampleRate;

    /// <inheritdoc/>
    public long Length => plan.Samples;

    /// <inheritdoc/>
    public void Read(long from, Span<float> samples)
    {
        samples.Clear();
        samples = samples[..(int)Math.Clamp(plan.Samples - from, 0, samples.Length)];
        long end = from + samples.Length;
        for (int i = FirstAt(_noiseStarts, from); i < plan.Noise.Count && plan.Noise[i].Start < end; i++)
        {
            AddNoise(plan.Noise[i], i + 1 < plan.Noise.Count ? plan.Noise[i + 1].Start : plan.Samples, from, samples);
        }

        for (int i = FirstAt(_clipStarts, from); i < plan.Clips.Count && plan.Clips[i].Start < end; i++)
        {
            AddClip(plan.Clips[i], from, samples);
        }

        foreach (ref float sample in samples)
        {
            sample = Math.Clamp(sample, -1, 1);
        }
    }

    /// <summary>The last that begins at a sample or before it, which may reach over it; else the first.</summary>
    private static int FirstAt(long[] starts, long sample)
    {
        int found = Array.BinarySearch(starts, sample);
        return Math.Max(0, found >= 0 ? found : ~found - 1);
    }

    private void AddNoise(PlacedNoise part, long partEnd, long from, Span<float> samples)
    {
        float[] recording = noise[part.Recording];
        long end = Math.Min(partEnd, from + samples.Length);
        for (long at = Math.Max(part.Start, from); at < end; at++)
        {
            samples[(int)(at - from)] += part.Gain * recording[(at - part.Start) % recording.Length];
        }
    }

    private void AddClip(PlacedClip placed, long from, Span<float> samples)
    {
        // Windows overlap: ten in a row read the same clip.
        float[] sound = _last.Clip == placed.Clip ? _last.Samples : (_last = (placed.Clip, clip(placed.Clip))).Samples;
        long end = Math.Min(placed.Start + sound.Length, from + samples.Length);
        for (long at = Math.Max(placed.Start, from); at < end; at++)
        {
            samples[(int)(at - from)] += sound[at - placed.Start];
        }
    }
}
