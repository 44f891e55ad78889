using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>How a recording becomes as long as a row.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ClipFit>))]
public enum ClipFit
{
    /// <summary>Shorter ones are zero-padded at the end, longer ones refused.</summary>
    Whole,

    /// <summary>Shorter ones are zero-padded at the end, of longer ones the beginning is kept (models.md 4.1).</summary>
    Head,

    /// <summary>Shorter ones are zero-padded on both sides, an odd zero to the right; of longer ones the middle is kept (models.md 5.1).</summary>
    Centre,
}

/// <summary>Recordings in files.</summary>
public abstract record RecordedData : DataDefinition
{
    private protected RecordedData()
    {
    }

    /// <summary>The folder, or the file that lists the recordings.</summary>
    public required string Path { get; init; }

    /// <summary>A folder of background recordings, where there is no <c>_background_noise_</c> in the data's own folder.</summary>
    public string? Noise { get; init; }

    /// <summary>Recordings with another rate are resampled to this one, in samples a second; null: they are refused.</summary>
    public int? Resample { get; init; }
}
