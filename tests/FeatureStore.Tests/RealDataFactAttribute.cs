namespace Pipeline.FeatureStore.Tests;

/// <summary>A test on real recordings, found by the variable PIPELINE_DATA; says so where it is not set.</summary>
internal sealed class RealDataFactAttribute : FactAttribute
{
    public RealDataFactAttribute()
    {
        if (RealData.Root is null)
        {
            Skip = "PIPELINE_DATA is not set.";
        }
    }
}

internal static class RealData
{
    public static string? Root { get; } = Environment.GetEnvironmentVariable("PIPELINE_DATA") is { Length: > 0 } root ? root : null;

    public static string TestArchive => Path.Combine(Root!, "speech_commands_test_v0.02");

    public static string Noise => Path.Combine(Root!, "speech_commands_background_noise");

    public static string Sample => Path.Combine(Root!, "speech_commands_v0.01_sample");

    public static string MlperfTiny => Path.Combine(Root!, "mlperf_tiny_kws01");

    public static string Emodb => Path.Combine(Root!, "emodb");

    public static string LogMelRows => Path.Combine(Root!, "speech_commands_v0.02_logmel");
}
