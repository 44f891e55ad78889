namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>Where frames lie and what is beyond the signal's ends.</summary>
internal enum FramePadding
{
    /// <summary>The first frame begins with the signal, the last ends within it.</summary>
    None,

    /// <summary>Frame k is centred on sample k · hop; zeros beyond the ends (librosa from 0.9 on).</summary>
    Zeros,

    /// <summary>The same, the signal reflected at its ends (librosa to 0.8).</summary>
    Reflected,
}

/// <summary>What is taken of a band's energy E before it is stored or transformed.</summary>
internal enum Compression
{
    /// <summary>ln(E + floor).</summary>
    LogOfSum,

    /// <summary>ln(max(E, floor)).</summary>
    LogOfMaximum,

    /// <summary>10 log10(max(E, floor)), no lower than 80 below the clip's highest value.</summary>
    Decibels,
}

/// <summary>What a front end gives.</summary>
internal enum SpectralOutput
{
    /// <summary>The compressed bands.</summary>
    Bands,

    /// <summary>Their cosine transform.</summary>
    Cepstra,

    /// <summary>The bands' energies as they are, then first and second differences of their cepstra (models.md 4.1).</summary>
    EnergiesAndDifferences,
}

/// <summary>What a front end does, step by step.</summary>
/// <param name="Name">Its versioned name.</param>
/// <param name="SampleRate">Samples a second.</param>
/// <param name="Window">Samples of a periodic Hann window.</param>
/// <param name="Hop">Samples from frame to frame.</param>
/// <param name="FftSize">Samples of a transform, zeros after the window.</param>
/// <param name="Padding">What is beyond the ends.</param>
/// <param name="Filters">The bands.</param>
internal sealed record SpectralRecipe(string Name, int SampleRate, int Window, int Hop, int FftSize, FramePadding Padding, MelFilters Filters)
{
    /// <summary>Whether bands sum magnitudes |X| in place of powers |X|².</summary>
    public bool OfMagnitudes { get; init; }

    /// <summary>Whether the signal is first divided by its greatest sample.</summary>
    public bool DividesByMaximum { get; init; }

    /// <summary>What is taken of a band's energy.</summary>
    public required Compression Compression { get; init; }

    /// <summary>What keeps the logarithm finite.</summary>
    public required float Floor { get; init; }

    /// <summary>What it gives.</summary>
    public SpectralOutput Output { get; init; }

    /// <summary>Cepstral coefficients kept.</summary>
    public int Coefficients { get; init; }

    /// <summary>Whether the cosine transform's first row is scaled so that all rows have length 1; else it is scaled as the others.</summary>
    public bool IsOrthonormal { get; init; }
}
