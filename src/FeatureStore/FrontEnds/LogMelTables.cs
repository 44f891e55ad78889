namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>
/// The numbers that a log-mel front end multiplies by. Code for boards that takes them and repeats the front end's single-precision steps in
/// their order gets its bits.
/// </summary>
/// <param name="Window">The window, 480 samples.</param>
/// <param name="Passes">e^(-2 pi i k / 256), for the radix-4 passes.</param>
/// <param name="Split">e^(-2 pi i k / 512), for taking the transform of a real signal apart.</param>
/// <param name="Filters">The bands.</param>
/// <param name="Centre">Samples by which the first window begins before the signal, which is reflected there and at its end; 0 where frames are not centred.</param>
public sealed record LogMelTables(
    IReadOnlyList<float> Window,
    IReadOnlyList<(float Re, float Im)> Passes,
    IReadOnlyList<(float Re, float Im)> Split,
    IReadOnlyList<MelFilter> Filters,
    int Centre);

/// <summary>One band: weights of the power spectrum's bins from <paramref name="Start"/> on.</summary>
public sealed record MelFilter(int Start, IReadOnlyList<float> Weights);
