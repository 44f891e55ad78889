using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Checks an augmentation chain before anything is built or read with it.</summary>
internal static class AugmentChecks
{
    // More copies than this make a set that no disk holds; a fresh copy each epoch costs no disk at all.
    private const int MaxCopies = 1000;

    public static void Check(AugmentSpec spec)
    {
        Require(spec.Probability is >= 0 and <= 1, $"probability is {spec.Probability}", "0 to 1");
        Require(spec.Copies is >= 1 and <= MaxCopies, $"copies is {spec.Copies}", $"1 to {MaxCopies}");
        bool features = false;
        foreach (AugmentStep step in spec.Steps)
        {
            switch (step)
            {
                case ShiftStep shift:
                    Require(shift.MaxMs is >= 0 and <= 1000, $"maxMs of the shift step is {shift.MaxMs}", "0 to 1000");
                    Chance(shift.P, "the shift step");
                    break;
                case NoiseStep noise:
                    Require(noise.GainMax is >= 0 and <= 10 && noise.SilenceGainMax is >= 0 and <= 10, $"the gains of the noise step are {noise.GainMax} and {noise.SilenceGainMax}", "0 to 10");
                    break;
                case GainStep gain:
                    Range(gain.MinDb, gain.MaxDb, -60, 60, "dB", "the gain step");
                    Chance(gain.P, "the gain step");
                    break;
                case GaussianStep noise:
                    Range(noise.MinSnrDb, noise.MaxSnrDb, -20, 100, "dB", "the gaussian step");
                    Chance(noise.P, "the gaussian step");
                    break;
                case AmplitudeNoiseStep noise:
                    Range(noise.Min, noise.Max, 0, 1, "of the amplitude", "the amplitudeNoise step");
                    Chance(noise.P, "the amplitudeNoise step");
                    break;
                case TimeStretchStep stretch:
                    Range(stretch.MinRate, stretch.MaxRate, 0.25, 4, "times", "the timeStretch step");
                    Chance(stretch.P, "the timeStretch step");
                    break;
                case PitchShiftStep pitch:
                    Range(pitch.MinSemitones, pitch.MaxSemitones, -24, 24, "semitones", "the pitchShift step");
                    Chance(pitch.P, "the pitchShift step");
                    break;
                case SpeedStep speed:
                    Range(speed.MinRate, speed.MaxRate, 0.25, 4, "times", "the speed step");
                    Chance(speed.P, "the speed step");
                    break;
                case RoomStep room:
                    Range(room.MinMs, room.MaxMs, 10, 2_000, "ms", "the room step");
                    Range(room.MinDb, room.MaxDb, -20, 60, "dB", "the room step");
                    Chance(room.P, "the room step");
                    break;
                case MixStep mix:
                    Range(mix.MinSnrDb, mix.MaxSnrDb, -20, 100, "dB", "the mix step");
                    Chance(mix.P, "the mix step");
                    break;
                case PolarityStep polarity:
                    Chance(polarity.P, "the polarity step");
                    break;
                case RollStep roll:
                    Require(roll.MaxFrames is >= 0 and <= 10_000, $"maxFrames of the roll step is {roll.MaxFrames}", "0 to 10000");
                    features = true;
                    continue;
                case MaskStep mask:
                    Require(mask.BandMasks is >= 0 and <= 16 && mask.FrameMasks is >= 0 and <= 16, $"the mask step has {mask.BandMasks} and {mask.FrameMasks} masks", "0 to 16");
                    Require(mask.BandWidth is >= 0 and <= 1_024 && mask.FrameWidth is >= 0 and <= 10_000, $"the widths of the mask step are {mask.BandWidth} and {mask.FrameWidth}", "0 to 1024 bands, 0 to 10000 frames");
                    features = true;
                    continue;
                default:
                    throw new ArgumentOutOfRangeException(nameof(spec), step, null);
            }

            Require(!features, "a waveform step stands after a feature step", "waveform steps before roll and mask");
        }
    }

    private static void Range(double low, double high, double min, double max, string unit, string step) =>
        Require(low >= min && low <= high && high <= max, $"{step} goes from {low} to {high} {unit}", $"from {min} to {max} {unit}, the lower first");

    private static void Chance(double p, string step) => Require(p is >= 0 and <= 1, $"p of {step} is {p}", "0 to 1");

    private static void Require(bool holds, string found, string expected)
    {
        if (!holds)
        {
            throw new BadInputException($"augment: {found}. Expected {expected}.");
        }
    }
}
