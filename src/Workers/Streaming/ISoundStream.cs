namespace Pipeline.Workers.Streaming;

/// <summary>A long recording that is read in parts.</summary>
public interface ISoundStream
{
    /// <summary>Samples a second.</summary>
    int SampleRate { get; }

    /// <summary>Samples.</summary>
    long Length { get; }

    /// <summary>Reads samples in [-1, 1]; zeros after the end.</summary>
    /// <param name="from">The first.</param>
    /// <param name="samples">Where to.</param>
    void Read(long from, Span<float> samples);
}

/// <summary>A recording that is held in memory.</summary>
/// <param name="samples">Samples in [-1, 1].</param>
/// <param name="sampleRate">Samples a second.</param>
public sealed class HeldSound(float[] samples, int sampleRate) : ISoundStream
{
    /// <inheritdoc/>
    public int SampleRate => sampleRate;

    /// <inheritdoc/>
    public long Length => samples.Length;

    /// <inheritdoc/>
    public void Read(long from, Span<float> into)
    {
        into.Clear();
        int count = (int)Math.Clamp(samples.Length - from, 0, into.Length);
        samples.AsSpan((int)Math.Min(from, samples.Length), count).CopyTo(into);
    }
}
