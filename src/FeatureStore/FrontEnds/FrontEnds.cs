using Pipeline.Contracts;

namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>The front ends, by versioned name.</summary>
public static class FrontEnds
{
    /// <summary>BC-ResNet's log-mel (models.md 1.A): 40 bands to 8 kHz, centred frames, 101 of them for a second at 16 kHz.</summary>
    public const string LogMel40Torchaudio = "log-mel-40-torchaudio";

    /// <summary>The log-mel of the ready-made rows (models.md 1.F): 40 bands to 4 kHz, 98 frames for a second at 16 kHz.</summary>
    public const string LogMel404Khz = "log-mel-40-4khz";

    /// <summary>Every front end.</summary>
    public static IReadOnlyList<IFrontEnd> All { get; } =
    [
        new LogMelFrontEnd(LogMel40Torchaudio, bands: 40, maxHz: 8000, centred: true),
        new LogMelFrontEnd(LogMel404Khz, bands: 40, maxHz: 4000, centred: false),
        .. SpectralRecipes.All.Select(static recipe => new SpectralFrontEnd(recipe)),
    ];

    /// <summary>The front end of a name.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static IFrontEnd Get(string name) => All.FirstOrDefault(frontEnd => frontEnd.Name == name)
        ?? throw new BadInputException($"There is no front end '{name}'. Expected one of {string.Join(", ", All.Select(static f => f.Name))}.");

    /// <summary>The tables of a log-mel front end, from which code for boards is made.</summary>
    /// <exception cref="BadInputException">There is no such front end, or it is no log-mel one.</exception>
    public static LogMelTables TablesOf(string name) => Get(name) is LogMelFrontEnd logMel
        ? logMel.Tables
        : throw new BadInputException($"Front end '{name}' has no code for boards. Expected one of {string.Join(", ", All.OfType<LogMelFrontEnd>().Select(static f => f.Name))}.");
}
