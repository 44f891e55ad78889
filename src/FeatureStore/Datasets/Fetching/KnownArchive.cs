using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets.Fetching;

/// <summary>A published archive of recordings.</summary>
/// <param name="Name">Its name here, which is the folder that it is unpacked to.</param>
/// <param name="Url">Where it is.</param>
/// <param name="Bytes">Its size; null where that is not known.</param>
/// <param name="Sha256">The hash of its bytes, 64 hex digits; null where it is not known: then it must be given.</param>
/// <param name="Licence">Its licence.</param>
/// <param name="Doc">What it is.</param>
public sealed record KnownArchive(string Name, Uri Url, long? Bytes, string? Sha256, string Licence, string Doc)
{
    private const string Google = "https://storage.googleapis.com/download.tensorflow.org/data/";
    private const string Warden = "CC BY 4.0 (Warden 2018, arXiv:1804.03209)";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KnownArchive> All { get; } =
    [
        new(
            "speech_commands_v0.01",
            new Uri(Google + "speech_commands_v0.01.tar.gz"),
            null,
            "743935421bb51cccdb6bdd152e04c5c70274e935c82119ad7faeec31780d811d",
            Warden,
            "Speech Commands, first version: 64,727 recordings of 30 words"),
        new(
            "speech_commands_v0.02",
            new Uri(Google + "speech_commands_v0.02.tar.gz"),
            2_428_923_189,
            "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
            Warden,
            "Speech Commands, second version: 105,829 recordings of 35 words"),
        new("speech_commands_test_v0.01", new Uri(Google + "speech_commands_test_set_v0.01.tar.gz"), null, null, Warden, "the official test archive of twelve classes, first version: 3,081 recordings"),
        new(
            "speech_commands_test_v0.02",
            new Uri(Google + "speech_commands_test_set_v0.02.tar.gz"),
            112_563_277,
            "cc2a00c1147c2254e9be3fa0f779d8c17421dc349b86366567a8edfa9acd51df",
            Warden,
            "the official test archive of twelve classes, second version: 4,890 recordings"),
    ];

    /// <summary>The archive of a name.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static KnownArchive Get(string name) => All.FirstOrDefault(a => a.Name == name)
        ?? throw new BadInputException($"No archive is named '{name}'. {NearestName.Suggest(name, [.. All.Select(static a => a.Name)])}");
}
