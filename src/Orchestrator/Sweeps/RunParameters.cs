using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>The parameters of a trial as its run lists them: everything that decides the result, by the keys of the sweep file.</summary>
internal static class RunParameters
{
    public static SortedDictionary<string, string> Of(TrialSpec spec)
    {
        SortedDictionary<string, string> all = new(StringComparer.Ordinal)
        {
            ["model"] = spec.Model,
            ["frontEnd"] = spec.FrontEnd,
            ["seed"] = spec.Seed.ToString(CultureInfo.InvariantCulture),
            ["resources.device"] = spec.Resources.Device,
            ["resources.threads"] = Text(spec.Resources.Threads),
        };
        if (spec.Fold is { } fold)
        {
            all["folds.index"] = Text(fold.Index);
            all["folds.count"] = Text(fold.Folds.Count);
            all["folds.by"] = StateName.Of(fold.Folds.By);
            all["folds.validation"] = StateName.Of(fold.Folds.Validation);
        }

        if (spec.Teacher is { } teacher)
        {
            all["train.distill.from"] = $"{teacher.Name}@{teacher.Version}";
        }

        foreach (TrainKey key in TrainKeys.All)
        {
            all["train." + key.Name] = key.Read(spec.Train).ToString();
        }

        foreach ((string key, ParameterValue value) in spec.ModelParameters)
        {
            all[TrialPlanner.ModelPrefix + key] = value.ToString();
        }

        foreach (AugmentStep step in spec.Augment?.Steps ?? [])
        {
            foreach ((string key, double value) in Of(step))
            {
                all[key] = Text(value);
            }
        }

        if (spec.Augment is { } augment)
        {
            all["augment.probability"] = Text(augment.Probability);
        }

        return all;
    }

    private static IEnumerable<(string Key, double Value)> Of(AugmentStep step) => step switch
    {
        ShiftStep shift => [("augment.shiftMs", shift.MaxMs)],
        NoiseStep noise => [("augment.noiseGain", noise.GainMax)],
        GainStep gain => [("augment.gainMinDb", gain.MinDb), ("augment.gainMaxDb", gain.MaxDb), ("augment.gainProbability", gain.P)],
        GaussianStep gaussian => [("augment.gaussianMinSnrDb", gaussian.MinSnrDb), ("augment.gaussianMaxSnrDb", gaussian.MaxSnrDb), ("augment.gaussianProbability", gaussian.P)],
        AmplitudeNoiseStep noise => [("augment.amplitudeNoiseMin", noise.Min), ("augment.amplitudeNoiseMax", noise.Max), ("augment.amplitudeNoiseProbability", noise.P)],
        TimeStretchStep stretch => [("augment.stretchMinRate", stretch.MinRate), ("augment.stretchMaxRate", stretch.MaxRate), ("augment.stretchProbability", stretch.P)],
        PitchShiftStep pitch => [("augment.pitchMinSemitones", pitch.MinSemitones), ("augment.pitchMaxSemitones", pitch.MaxSemitones), ("augment.pitchProbability", pitch.P)],
        SpeedStep speed => [("augment.speedMinRate", speed.MinRate), ("augment.speedMaxRate", speed.MaxRate), ("augment.speedProbability", speed.P)],
        RoomStep room =>
        [
            ("augment.roomMinMs", room.MinMs), ("augment.roomMaxMs", room.MaxMs), ("augment.roomMinDb", room.MinDb), ("augment.roomMaxDb", room.MaxDb),
            ("augment.roomProbability", room.P),
        ],
        MixStep mix => [("augment.mixMinSnrDb", mix.MinSnrDb), ("augment.mixMaxSnrDb", mix.MaxSnrDb), ("augment.mixProbability", mix.P)],
        PolarityStep polarity => [("augment.polarityProbability", polarity.P)],
        RollStep roll => [("augment.rollFrames", roll.MaxFrames)],
        MaskStep mask => [("augment.maskBands", mask.BandWidth), ("augment.maskFrames", mask.FrameWidth)],
        _ => throw new InvalidOperationException($"The augmentation step {step.GetType().Name} has no parameter name."),
    };

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
