using Pipeline.Contracts;
using Pipeline.FeatureStore.Augmentation;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.FrontEnds;

namespace Pipeline.FeatureStore.Shards;

/// <summary>How far planning is.</summary>
/// <param name="Stage">What is being done, for people.</param>
/// <param name="Done">Items done.</param>
/// <param name="Total">Items in all.</param>
public sealed record PlanProgress(string Stage, int Done, int Total);

/// <summary>Turns a recipe into a plan: finds (or synthesises) the clips, checks and hashes every one, and names the set.</summary>
public static class FeatureSetPlanner
{
    // Shards of this size are read ahead quickly and lose little when one must be built again.
    private const long TargetShardBytes = 64L << 20;
    private const int TargetShards = 16;

    // Smaller shards would be mostly labels and footers.
    private const int MinRowsPerShard = 1024;

    /// <summary>Plans a feature set. The id depends on the recipe and the clips' content, never on where they lie.</summary>
    /// <param name="definition">The recipe.</param>
    /// <param name="dataFolder">Where synthesised data is kept.</param>
    /// <param name="built">Gives the plan of a built set that the recipe extends by its id; may be null where it extends none.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="cancellationToken">Ends it early; nothing is left half done.</param>
    /// <exception cref="BadInputException">The recipe or a recording is wrong; the message names it.</exception>
    public static async Task<FeatureSetPlan> PlanAsync(
        FeatureSetDefinition definition,
        string dataFolder,
        Func<FeatureSetId, CancellationToken, Task<FeatureSetPlan>>? built,
        IProgress<PlanProgress>? progress,
        CancellationToken cancellationToken)
    {
        FeatureSetPlan? older = definition.Extends switch
        {
            null => null,
            { Definition: { } named } => await PlanAsync(named, dataFolder, built, progress, cancellationToken),
            { Id: { } id } => await built!(id, cancellationToken),
            _ => throw new ArgumentException("The recipe extends neither a recipe nor a built set.", nameof(definition)),
        };
        IFrontEnd frontEnd = FrontEnds.FrontEnds.Get(definition.FrontEnd);
        if (definition.Augment is { } augment)
        {
            AugmentChecks.Check(augment);
        }

        FoundData found = await DataScanner.ScanAsync(definition.Data, older is null ? [] : SetExtension.Held(older), dataFolder, progress, cancellationToken);
        bool audio = definition.Augment?.When == AugmentWhen.Training && Augmenter.HasWaveformSteps(definition.Augment);
        CheckClips(found, definition, older, audio);
        string[] classes = [.. older?.Classes ?? [], .. found.Classes.Except(older?.Classes ?? [])];
        int clipSamples = (int)Math.Round(found.ClipSeconds * frontEnd.SampleRate);
        if (clipSamples < frontEnd.MinSamples)
        {
            throw new BadInputException(
                $"The data set's clips have {clipSamples} samples. Expected {frontEnd.MinSamples} or more, which front end '{frontEnd.Name}' takes; "
                + $"write a clipSeconds of {Math.Ceiling(1000.0 * frontEnd.MinSamples / frontEnd.SampleRate) / 1000} or more.");
        }

        if (found.Clips.FirstOrDefault(static clip => clip.Row is not null) is { } imported)
        {
            CheckImported(imported, frontEnd, clipSamples);
        }

        FoundClip[] used = [.. found.Clips.Where(clip => clip.Split != Split.Noise || Augmenter.HasNoise(definition.Augment))];
        var rows = new RowCounter(definition.Augment, audio, clipSamples, frontEnd.SampleRate);
        PlannedClip[] clips = await ClipChecker.CheckAsync(used, classes, rows, progress, cancellationToken);
        RowFormat? type = StoredType(definition, audio);
        int[] shape = audio ? [clipSamples] : [frontEnd.Bands, frontEnd.FramesFor(clipSamples)];
        FeatureSetPlan plan = new()
        {
            Format = FeatureSetPlan.CurrentFormat,
            Id = new FeatureSetId(new string('0', 16)),
            Content = audio ? ShardContent.Audio : ShardContent.Features,
            FrontEnd = audio ? null : frontEnd.Name,
            SampleRate = frontEnd.SampleRate,
            ClipSamples = clipSamples,
            Shape = shape,
            Type = type,
            StoredAugment = definition.Augment?.When == AugmentWhen.Stored ? definition.Augment : null,
            Classes = classes,
            Licences = DataLicences.Of(definition.Data),
            RowsPerShard = RowsPerShard(clips.Sum(static clip => clip.Rows), (type ?? RowFormat.Features).BytesOf(shape)),
            Clips = clips,
        };
        return older is null ? plan.Named() : SetExtension.Of(older, plan, definition.Extends!.Name);
    }

    // Null where it is as rows usually are, so that saying so makes no other set.
    private static RowFormat? StoredType(FeatureSetDefinition definition, bool audio) => definition.Type switch
    {
        null => null,
        { } type when audio => throw new BadInputException(
            $"The type of the features is {type}, but waveform steps with when: training make a set of audio, which is int16. Leave type out, or store the copies."),
        { } type => type.CheckFeatures() == RowFormat.Features ? null : type,
    };

    // The shards are as alike in size as can be, so that no worker waits for a large one.
    internal static int RowsPerShard(int rows, int rowBytes)
    {
        long wanted = Math.Clamp(rows / TargetShards, MinRowsPerShard, Math.Max(MinRowsPerShard, TargetShardBytes / rowBytes));
        long shards = (rows + wanted - 1) / wanted;
        return (int)((rows + shards - 1) / shards);
    }

    private static void CheckClips(FoundData found, FeatureSetDefinition definition, FeatureSetPlan? older, bool audio)
    {
        foreach (Split split in (Split[])[Split.Train, Split.Test])
        {
            if (found.Clips.All(clip => clip.Split != split) && older is null)
            {
                throw new BadInputException(
                    $"The data has no clips in the split '{split.ToString().ToLowerInvariant()}'. Expected some in train and test; check the split rule, or mix sources.");
            }
        }

        string[] unheard = [.. found.Classes.Except(older?.Classes ?? []).Except(found.Clips.Where(static clip => clip.Split == Split.Train).Select(static clip => clip.Class ?? ""))];
        if (unheard.Length > 0)
        {
            throw new BadInputException($"The training split has no clip of {string.Join(", ", unheard.Select(static name => $"'{name}'"))}. Expected at least one of each class: "
                + "add recordings, move some there by the data set's split in pipeline.yaml, or leave the class out.");
        }

        if (Augmenter.HasWaveformSteps(definition.Augment) && found.Clips.FirstOrDefault(static clip => clip.Row is not null) is { } imported)
        {
            throw new BadInputException(
                $"{imported.File}: imported features take feature steps alone. Found {string.Join(", ", definition.Augment!.Steps.Select(static step => step.GetType().Name))}. "
                + "Leave out shift and noise steps and the others that work on sound.");
        }

        if (Augmenter.HasNoise(definition.Augment) && found.Clips.All(static clip => clip.Split != Split.Noise) && older?.Clips.Any(static clip => clip.Split == Split.Noise) != true)
        {
            throw new BadInputException("The augmentation has a noise step, but the data has no background recordings. Expected a _background_noise_ folder, or the key noise naming one.");
        }
    }

    private static void CheckImported(FoundClip imported, IFrontEnd frontEnd, int clipSamples)
    {
        ValueMapping mapping = imported.Reading?.Values ?? ValueMapping.Standard;
        bool isStandard = mapping == ValueMapping.Standard;
        int frames = frontEnd.FramesFor(clipSamples);
        if ((mapping.Frames, mapping.Bands) != (frames, frontEnd.Bands) || (isStandard && frontEnd.Name != ImportedFeatures.StandardFrontEnd))
        {
            throw new BadInputException(
                $"{imported.File}: found rows of {mapping.Frames} frames of {mapping.Bands} bands{(isStandard ? $", made by the front end {ImportedFeatures.StandardFrontEnd}" : "")}. "
                + $"The front end {frontEnd.Name} makes {frames} of {frontEnd.Bands}. Expected `frontEnd` to name the one that made them, and `clipSeconds` what it made them of.");
        }
    }
}

/// <summary>Says how many rows a clip becomes.</summary>
internal sealed record RowCounter(AugmentSpec? Augment, bool Audio, int ClipSamples, int SampleRate)
{
    public int RowsOf(FoundClip clip, int samples) => clip.Split switch
    {
        // Stored copies need the recordings only while they are made.
        Split.Noise => Audio ? (samples + ClipSamples - 1) / ClipSamples : 0,
        Split.Train when Augment?.When == AugmentWhen.Stored => Augment.Copies,
        _ => 1,
    };
}
