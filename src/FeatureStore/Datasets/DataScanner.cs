using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>Finds the clips of any source, in an order that depends on their names alone.</summary>
internal static class DataScanner
{
    /// <summary>Finds the clips of a source on its own.</summary>
    public static Task<FoundData> ScanAsync(DataDefinition data, string dataFolder, IProgress<Shards.PlanProgress>? progress, CancellationToken cancellationToken) =>
        ScanAsync(data, [], dataFolder, progress, cancellationToken);

    /// <summary>Finds the clips of a source; what is drawn by a share is drawn so that the share holds together with clips that a set has.</summary>
    /// <param name="data">The source.</param>
    /// <param name="held">The clips that the set has which the source goes on from.</param>
    /// <param name="dataFolder">Where synthesised data is kept.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public static async Task<FoundData> ScanAsync(
        DataDefinition data, IReadOnlyList<HeldClip> held, string dataFolder, IProgress<Shards.PlanProgress>? progress, CancellationToken cancellationToken)
    {
        FoundData found = data switch
        {
            SpeechCommandsData speech => SpeechCommandsScanner.Scan(speech, held),
            FolderData folder => FolderScanner.Scan(folder),
            CorpusData { Corpus: Corpus.Iemocap } corpus => IemocapScanner.Scan(corpus),
            CorpusData corpus => CorpusScanner.Scan(corpus),
            ManifestData manifest => ManifestScanner.Scan(manifest),
            ImportedFeaturesData imported => ImportedFeatures.Scan(imported, held),
            SynthData synth => SpeechCommandsScanner.Scan(
                new SpeechCommandsData
                {
                    Path = await SpeechSynthesizer.SynthesizeAsync(synth, dataFolder, progress, cancellationToken),
                },
                held),
            PoolData pool => await PoolScanner.ScanAsync(pool, held, dataFolder, progress, cancellationToken),
            MixData mix => await MixAsync(mix, held, dataFolder, progress, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(data), data, null),
        };
        FoundClip[] clips = [.. found.Clips.Select(clip => ReadAs(clip, data)).OrderBy(static clip => clip.Split).ThenBy(static clip => clip.Id, StringComparer.Ordinal)];
        string[] twice = [.. clips.GroupBy(static clip => clip.Id, StringComparer.Ordinal).Where(static same => same.Skip(1).Any()).Select(static same => same.Key)];
        return twice.Length == 0
            ? found with { Clips = clips }
            : throw new BadInputException($"The data has {twice.Length} clip ids twice, the first '{twice[0]}'. Expected every clip once; rename or remove one.");
    }

    // Background recordings are cut into rows, so they are not fitted to one.
    private static FoundClip ReadAs(FoundClip clip, DataDefinition data)
    {
        ClipFit fit = clip.Split == Split.Noise ? ClipFit.Whole : data switch
        {
            FolderData folder => folder.Fit,
            CorpusData corpus => corpus.Fit,
            ManifestData manifest => manifest.Fit,
            _ => ClipFit.Whole,
        };
        int? resample = (data as RecordedData)?.Resample;
        double skipped = clip.Split == Split.Noise ? 0 : (data as CorpusData)?.SkipSeconds ?? 0;
        return fit == ClipFit.Whole && resample is null && skipped == 0
            ? clip
            : clip with { Reading = (clip.Reading ?? new()) with { Start = (clip.Reading?.Start ?? 0) + skipped, Resample = resample, Fit = fit } };
    }

    private static async Task<FoundData> MixAsync(
        MixData mix, IReadOnlyList<HeldClip> held, string dataFolder, IProgress<Shards.PlanProgress>? progress, CancellationToken cancellationToken)
    {
        FoundData train = await ScanAsync(mix.Train, held, dataFolder, progress, cancellationToken);
        FoundData validation = mix.Validation == mix.Train ? train : await ScanAsync(mix.Validation, held, dataFolder, progress, cancellationToken);
        FoundData test = mix.Test == mix.Train ? train : await ScanAsync(mix.Test, held, dataFolder, progress, cancellationToken);
        foreach (FoundData other in (FoundData[])[validation, test])
        {
            if (!other.Classes.SequenceEqual(train.Classes) || other.ClipSeconds != train.ClipSeconds)
            {
                throw new BadInputException(
                    $"The sources of a mix differ: found the classes {string.Join(", ", other.Classes)}, expected those of the training source, {string.Join(", ", train.Classes)}, and clips as long.");
            }
        }

        return train with
        {
            Clips =
            [
                .. train.Clips.Where(static clip => clip.Split is Split.Train or Split.Noise),
                .. validation.Clips.Where(static clip => clip.Split == Split.Validation),
                .. test.Clips.Where(static clip => clip.Split == Split.Test),
            ],
        };
    }
}
