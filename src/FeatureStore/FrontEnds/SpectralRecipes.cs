namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>The recipes of models.md 1.B to 1.E that models were trained with.</summary>
internal static class SpectralRecipes
{
    // The least positive normal float, which ARM's C code puts in the place of an energy of 0.
    private const float LeastNormal = 1.17549435e-38f;

    /// <summary>Every recipe.</summary>
    public static IReadOnlyList<SpectralRecipe> All { get; } =
    [
        Librosa("log-mel-128-librosa-22k", 22_050, FramePadding.Zeros) with { Output = SpectralOutput.Bands },
        Librosa("mfcc-39-librosa-22k", 22_050, FramePadding.Zeros) with { Coefficients = 39 },
        Librosa("mfcc-13-librosa-16k", 16_000, FramePadding.Reflected) with { Coefficients = 13 },
        Librosa("mel-128-delta-24-librosa-16k", 16_000, FramePadding.Reflected) with
        {
            Output = SpectralOutput.EnergiesAndDifferences,
            Coefficients = 12,
        },
        Contrib("mfcc-40-tf-30x10", 480, 160, 512, coefficients: 40),
        Contrib("mfcc-10-tf-40x20", 640, 320, 1024, coefficients: 10),
        new("mfcc-10-mlperf-tiny", 16_000, 480, 320, 512, FramePadding.None, LinearInMel(512, firstBin: 1))
        {
            DividesByMaximum = true,
            OfMagnitudes = true,
            Compression = Compression.LogOfSum,
            Floor = 1e-6f,
            Output = SpectralOutput.Cepstra,
            Coefficients = 10,
        },
        Contrib("mfcc-10-arm-40x20", 640, 320, 1024, coefficients: 10) with { Filters = LinearInMel(1024, firstBin: 1), Floor = LeastNormal },
    ];

    private static SpectralRecipe Librosa(string name, int rate, FramePadding padding) =>
        new(name, rate, 2048, 512, 2048, padding, MelFilters.Slaney(128, rate, 2048))
        {
            Compression = Compression.Decibels,
            Floor = 1e-10f,
            Output = SpectralOutput.Cepstra,
            IsOrthonormal = true,
        };

    // The contrib operator takes bins from 1.5 bins above the lower limit on, rounded down: 2 at both sizes of transform.
    private static SpectralRecipe Contrib(string name, int window, int hop, int fftSize, int coefficients) =>
        new(name, 16_000, window, hop, fftSize, FramePadding.None, LinearInMel(fftSize, firstBin: (int)(1.5 + (20.0 * fftSize / 16_000))))
        {
            OfMagnitudes = true,
            Compression = Compression.LogOfMaximum,
            Floor = 1e-12f,
            Output = SpectralOutput.Cepstra,
            Coefficients = coefficients,
        };

    private static MelFilters LinearInMel(int fftSize, int firstBin) => MelFilters.LinearInMel(40, 20, 4_000, firstBin, 16_000, fftSize);
}
