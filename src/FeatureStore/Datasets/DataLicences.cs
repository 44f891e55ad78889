using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>The licences of data sets: those of known corpora are built in, any data set may state its own in their place.</summary>
public static partial class DataLicences
{
    private const string SpeechCommands = "CC BY 4.0";
    private const string Synthesised = "yours: made on this machine by espeak-ng";

    /// <summary>The licence of each source of a data set, each data set once.</summary>
    public static IReadOnlyList<DataLicence> Of(DataDefinition data) => data switch
    {
        MixData mix => [.. new[] { mix.Train, mix.Validation, mix.Test }.SelectMany(Of).Distinct()],
        PoolData pool => [.. pool.Sources.SelectMany(Of).Distinct()],
        _ => [Single(data)],
    };

    /// <summary>What a data set is called where people name it: the key of a known corpus, else its name in pipeline.yaml, else its kind.</summary>
    public static string NameOf(DataDefinition data) => data switch
    {
        CorpusData corpus => JsonNamingPolicy.CamelCase.ConvertName(corpus.Corpus.ToString()),
        SpeechCommandsData => "speechCommands",
        SynthData => "synth",
        { Name: { } name } => name,
        FolderData => "folder",
        ManifestData => "manifest",
        ImportedFeaturesData => "importedFeatures",
        PoolData => "pool",
        _ => "mix",
    };

    private static DataLicence Single(DataDefinition data)
    {
        string terms = data.Licence ?? data switch
        {
            CorpusData corpus => CorpusRule.Of(corpus.Corpus).Licence,
            SpeechCommandsData => SpeechCommands,
            SynthData => Synthesised,
            _ => "",
        };
        return new(NameOf(data), terms, NonCommercial().IsMatch(terms));
    }

    // CC BY-NC and its kin, "free for research", "academic use only", "for non-commercial use".
    [GeneratedRegex(@"\bNC\b|non-?\s?commercial|research|academic|personal", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NonCommercial();
}
