namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>Turns a waveform into a picture of bands over time. Stateless: safe for any number of threads.</summary>
public interface IFrontEnd
{
    /// <summary>The versioned name; a change of a single output bit is a new name.</summary>
    string Name { get; }

    /// <summary>The sample rate it takes, in samples a second.</summary>
    int SampleRate { get; }

    /// <summary>Bands of the output.</summary>
    int Bands { get; }

    /// <summary>The fewest samples that it takes.</summary>
    int MinSamples { get; }

    /// <summary>Frames of the output for so many samples.</summary>
    int FramesFor(int samples);

    /// <summary>
    /// Computes the features of samples in [-1, 1] into <paramref name="features"/>, [<see cref="Bands"/>, frames] row-major. The same bits on every machine.
    /// </summary>
    /// <exception cref="ArgumentException">The output is smaller than bands times frames.</exception>
    void Compute(ReadOnlySpan<float> samples, Span<float> features);
}
