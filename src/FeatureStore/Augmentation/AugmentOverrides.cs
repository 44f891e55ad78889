using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Augmentation;

/// <summary>The parts of an augmentation chain that a sweep may vary.</summary>
public static class AugmentOverrides
{
    /// <summary>The names, as they follow <c>augment.</c> in a sweep.</summary>
    public static IReadOnlyList<string> Names { get; } = ["maskBands", "maskFrames", "noiseGain", "probability", "rollFrames", "shiftMs"];

    /// <summary>The chain with one part changed.</summary>
    /// <exception cref="BadInputException">There is no such part, no step has it, or the value is out of range.</exception>
    public static AugmentSpec Apply(AugmentSpec spec, string name, ParameterValue value)
    {
        double number = value.AsNumber();
        return name switch
        {
            "shiftMs" => Replace<ShiftStep>(spec, name, step => step with { MaxMs = Checked(name, number, 1000) }),
            "noiseGain" => Replace<NoiseStep>(spec, name, step => step with { GainMax = Checked(name, number, 10) }),
            "rollFrames" => Replace<RollStep>(spec, name, step => step with { MaxFrames = (int)Checked(name, value.AsInteger(), 10_000) }),
            "maskBands" => Replace<MaskStep>(spec, name, step => step with { BandWidth = (int)Checked(name, value.AsInteger(), 1_024) }),
            "maskFrames" => Replace<MaskStep>(spec, name, step => step with { FrameWidth = (int)Checked(name, value.AsInteger(), 10_000) }),
            "probability" => spec with { Probability = Checked(name, number, 1) },
            _ => throw new BadInputException($"augment.{name} is not a part of an augmentation chain. Expected one of {string.Join(", ", Names)}."),
        };
    }

    private static double Checked(string name, double value, double max) => value >= 0 && value <= max
        ? value
        : throw new BadInputException($"augment.{name} is {value}. Expected 0 to {max}.");

    private static AugmentSpec Replace<TStep>(AugmentSpec spec, string name, Func<TStep, TStep> change)
        where TStep : AugmentStep
    {
        if (!spec.Steps.OfType<TStep>().Any())
        {
            throw new BadInputException(
                $"augment.{name} is set, but no step of the feature set's augmentation chain has it. Add that step to the chain, or leave the parameter out.");
        }

        return spec with { Steps = [.. spec.Steps.Select(step => step is TStep typed ? change(typed) : step)] };
    }
}
