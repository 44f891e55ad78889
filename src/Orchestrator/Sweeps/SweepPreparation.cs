using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Zoo;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>What a sweep will take.</summary>
/// <param name="Sweep">Its id.</param>
/// <param name="Trials">Trials.</param>
/// <param name="Clips">Clips of the feature set.</param>
/// <param name="Bytes">Bytes of the feature set's shards, about.</param>
/// <param name="TrainingClips">Training clips, over all trials and epochs.</param>
/// <param name="ClipsPerSecond">Training clips a second of one trial that the hours are reckoned with.</param>
/// <param name="IsMeasured">Whether that rate was measured on this machine by earlier trials of the model; else it is a guess from its arithmetic.</param>
/// <param name="Hours">Hours with the workers given.</param>
public sealed record SweepEstimate(
    SweepId Sweep, int Trials, int Clips, long Bytes, long TrainingClips, double ClipsPerSecond, bool IsMeasured, double Hours);

/// <summary>What a sweep is made ready from, beside its file.</summary>
/// <param name="DataFolder">Where data that are to be made are put.</param>
/// <param name="CodeVersion">The version of the code that decides results.</param>
/// <param name="FindModel">Finds the registered version that a text names, where the sweep has a teacher.</param>
/// <param name="BuiltPlan">Gives the plan of a built feature set that the sweep's extends.</param>
public sealed record SweepSources(
    string DataFolder,
    string CodeVersion,
    Func<string, CancellationToken, Task<ModelVersion>> FindModel,
    Func<FeatureSetId, CancellationToken, Task<FeatureSetPlan>> BuiltPlan);

/// <summary>Makes a sweep ready to submit.</summary>
public static class SweepPreparation
{
    /// <summary>
    /// Multiply-adds a second of one thread where nothing was measured: forward and backward are three times the forward pass, and small
    /// models reach about a gigabyte's worth of a core's peak. Stated as a guess wherever it is used.
    /// </summary>
    private const double GuessedMacsPerSecond = 4e9;

    private const int TrialsToMeasureBy = 20;

    /// <summary>Plans the features of a sweep and its trials. Finds, checks and hashes every clip; synthesises data that are to be made.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="sources">Where the rest comes from.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BadInputException">The data are not as expected, or the teacher is absent or takes other features or classes.</exception>
    public static async Task<PreparedSweep> PrepareAsync(
        SweepFile sweep, SweepSources sources, IProgress<PlanProgress>? progress, CancellationToken cancellationToken)
    {
        SweepDefinition definition = sweep.Definition;
        if (definition.TeacherName is { } name)
        {
            ModelVersion version = await sources.FindModel(name, cancellationToken);
            definition = definition with { Teacher = new TeacherSpec(version.Name, version.Version, version.Trained) };
        }

        FeatureSetPlan plan = await FeatureSetPlanner.PlanAsync(sweep.FeatureSet, sources.DataFolder, sources.BuiltPlan, progress, cancellationToken);
        CheckTeacher(definition, plan);
        CheckValidation(definition, plan);
        CheckFolds(definition, plan);
        return PreparedSweep.Create(definition, plan, sources.CodeVersion, sweep.Deploy);
    }

    /// <summary>A teacher hears the same clips and answers the same question.</summary>
    private static void CheckTeacher(SweepDefinition sweep, FeatureSetPlan plan)
    {
        if (sweep.Teacher is not { Model: { } teacher })
        {
            return;
        }

        int frames = FrontEnds.Get(sweep.FrontEnd).FramesFor(plan.ClipSamples);
        if (teacher.FrontEnd != sweep.FrontEnd || teacher.Frames != frames)
        {
            throw new BadInputException(
                $"'train.distill.from' is {sweep.TeacherName}, which takes {teacher.Frames} frames of {teacher.FrontEnd}; feature set '{sweep.FeatureSet}' has {frames} of {sweep.FrontEnd}. "
                + "Expected a teacher of the same front end and length: train one on this feature set.");
        }

        if (!teacher.Classes.SequenceEqual(plan.Classes))
        {
            throw new BadInputException(
                $"'train.distill.from' is {sweep.TeacherName}, which tells {string.Join(", ", teacher.Classes)} apart; feature set '{sweep.FeatureSet}' has {string.Join(", ", plan.Classes)}. "
                + "Expected a teacher of the same classes in the same order: train one on this feature set.");
        }
    }

    // Some recipes validate on nothing (split: head); then nothing may be chosen by it.
    private static void CheckValidation(SweepDefinition sweep, FeatureSetPlan plan)
    {
        bool chooses = sweep.Objective.Metric.StartsWith("val/", StringComparison.Ordinal) || sweep.EarlyStopping is not null || sweep.Train is not { Keep: KeepEpoch.Last, Patience: 0 };
        if (sweep.Folds is null && chooses && plan.Clips.All(static clip => clip.Split != Split.Validation))
        {
            throw new BadInputException(
                "The data has no validation clips, but epochs or trials are chosen by them. Expected `objective: { maximize: test/accuracy }` and `train: { keep: last }` "
                + "without early stopping or patience; or check the split rule, or mix sources.");
        }
    }

    // Told before anything is built, not by each trial.
    private static void CheckFolds(SweepDefinition sweep, FeatureSetPlan plan)
    {
        if (sweep.Folds is not null && plan.StoredAugment is { Copies: > 1 } stored)
        {
            throw new BadInputException(
                $"'folds' deals out clips, but feature set '{sweep.FeatureSet}' stores {stored.Copies} copies of each, which folds would test on. Expected `augment: {{ when: training }}`, or a sweep without 'folds'.");
        }
    }

    /// <summary>What the sweep will take, with so many trials at once.</summary>
    public static async Task<SweepEstimate> EstimateAsync(PreparedSweep sweep, StateDatabase state, int trialsAtOnce, CancellationToken cancellationToken)
    {
        int trainingClips = TrainingClips(sweep);
        long work = sweep.Trials.Sum(t => (long)t.Spec.Train.Epochs * trainingClips);
        IReadOnlyList<TrialRecord> past = await state.ReadAsync(
            t => new TrialStore(t).FinishedOfModelAsync(sweep.Definition.Model, TrialsToMeasureBy), cancellationToken);

        // Each trial is reckoned by its own arithmetic: a grid over widths has trials that differ tenfold.
        double macsPerSecond = past.Count > 0
            ? past.Average(t => t.ClipsPerSecond!.Value * Macs(t.Spec, sweep.Plan) * 3)
            : GuessedMacsPerSecond * sweep.Definition.Resources.Threads;
        double seconds = sweep.Trials.Sum(t => 3.0 * Macs(t.Spec, sweep.Plan) * t.Spec.Train.Epochs * trainingClips / macsPerSecond);
        return new SweepEstimate(
            sweep.Id,
            sweep.Trials.Count,
            sweep.Plan.ClipCount,
            sweep.Plan.EstimatedBytes,
            work,
            work / Math.Max(seconds, 1e-9),
            past.Count > 0,
            seconds / 3600 / Math.Clamp(trialsAtOnce, 1, sweep.Trials.Count));
    }

    /// <summary>Clips of an epoch; of folds, those of all but the one that is tested and the one that is validated.</summary>
    private static int TrainingClips(PreparedSweep sweep)
    {
        IEnumerable<PlannedClip> clips = sweep.Plan.Clips.Where(static c => c.Split != Split.Noise);
        return sweep.Definition.Folds is { } folds
            ? (int)((long)clips.Sum(static c => c.Rows) * (folds.Count - (folds.Validation == FoldValidation.Next ? 2 : 1)) / folds.Count)
            : clips.Where(static c => c.Split == Split.Train).Sum(static c => c.Rows);
    }

    private static double Macs(TrialSpec spec, FeatureSetPlan plan)
    {
        IFrontEnd frontEnd = FrontEnds.Get(spec.FrontEnd);
        SortedDictionary<string, ParameterValue> parameters = new(spec.ModelParameters, StringComparer.Ordinal) { ["classes"] = (double)plan.Classes.Count };
        return ModelZoo.Build(spec.Model, parameters, frontEnd.Bands, frontEnd.FramesFor(plan.ClipSamples)).Macs;
    }
}
