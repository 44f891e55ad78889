using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Augmentation;

/// <summary>What is augmented: decides the draw together with the chain's seed.</summary>
/// <param name="Key">Of the clip: <see cref="Augmenter.KeyOf"/>.</param>
/// <param name="Copy">The copy, which is the epoch when training.</param>
/// <param name="IsSilence">Whether its class is silence.</param>
/// <param name="Split">Its split.</param>
internal readonly record struct AugmentSubject(long Key, int Copy, bool IsSilence, Split Split);

/// <summary>
/// Applies a chain as models.md 3.3 says: in the training split to silence always and to the rest with the chain's probability, all steps or none, but
/// masks to all; in the validation split noise to silence alone; in the test split nothing. A pure function of (seed, subject). Safe for any number of threads.
/// </summary>
internal sealed class Augmenter(AugmentSpec spec, ulong seed, NoiseBank noise, ClipBank clips, int sampleRate)
{
    private readonly ThreadLocal<WaveformSteps> _steps = new(() => new(sampleRate, clips));

    /// <summary>A clip's number: the same whatever else is in the set.</summary>
    public static long KeyOf(string clipId) => (long)StableRandom.Derive(0, clipId);

    /// <summary>Whether a chain has steps that work on waveforms.</summary>
    public static bool HasWaveformSteps(AugmentSpec? spec) => spec?.Steps.Any(static step => step is not (RollStep or MaskStep)) == true;

    /// <summary>Whether a chain changes features: a sweep turns masks off by a width of 0.</summary>
    public static bool ChangesFeatures(AugmentSpec? spec) => spec?.Steps.Any(static step => step
        is RollStep { MaxFrames: > 0 } or MaskStep { BandMasks: > 0, BandWidth: > 1 } or MaskStep { FrameMasks: > 0, FrameWidth: > 1 }) == true;

    /// <summary>Whether a chain mixes in background recordings.</summary>
    public static bool HasNoise(AugmentSpec? spec) => spec?.Steps.Any(static step => step is NoiseStep) == true;

    /// <summary>Whether a chain mixes training clips into one another.</summary>
    public static bool HasMix(AugmentSpec? spec) => spec?.Steps.Any(static step => step is MixStep) == true;

    /// <summary>Applies the steps that work on the waveform, in place.</summary>
    public void ApplyToWaveform(Span<float> samples, AugmentSubject subject)
    {
        if (!Applies(subject))
        {
            return;
        }

        StableRandom random = StableRandom.For(seed, "augment.waveform", subject.Key, subject.Copy);
        foreach ((int index, AugmentStep step) in spec.Steps.Index())
        {
            StableRandom own = StableRandom.For(seed, "augment.level", subject.Key, subject.Copy, index);
            switch (step)
            {
                case ShiftStep shift when subject.Split == Split.Train:
                    // A positive draw drops the beginning: the sound comes earlier.
                    double limit = shift.MaxMs / 1000.0;
                    int by = -(int)Math.Truncate(random.NextDouble(-limit, limit) * sampleRate);
                    SampleMath.Shift(samples, own.NextDouble() < shift.P ? by : 0, shift.Gap == ShiftGap.Wrap);
                    break;
                case NoiseStep mix:
                    ReadOnlySpan<float> crop = noise.Crop(samples.Length, random);
                    SampleMath.AddScaledClamped(samples, crop, (float)random.NextDouble(0, subject.IsSilence ? mix.SilenceGainMax : mix.GainMax));
                    break;
                case not (RollStep or MaskStep) when subject.Split == Split.Train:
                    _steps.Value!.Apply(step, samples, own);
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Applies the steps that work on features, in place.</summary>
    public void ApplyToFeatures<TFeatures>(TFeatures features, AugmentSubject subject)
        where TFeatures : struct, IChangedFeatures, allows ref struct
    {
        if (subject.Split != Split.Train)
        {
            return;
        }

        if (Applies(subject))
        {
            StableRandom random = StableRandom.For(seed, "augment.features", subject.Key, subject.Copy);
            foreach (RollStep roll in spec.Steps.OfType<RollStep>())
            {
                features.Roll(random.NextInt((2 * roll.MaxFrames) + 1) - roll.MaxFrames);
            }
        }

        StableRandom masks = StableRandom.For(seed, "augment.masks", subject.Key, subject.Copy);
        foreach (MaskStep mask in spec.Steps.OfType<MaskStep>())
        {
            Mask(features, mask, masks);
        }
    }

    private static void Mask<TFeatures>(TFeatures features, MaskStep mask, StableRandom random)
        where TFeatures : struct, IChangedFeatures, allows ref struct
    {
        for (int i = 0; i < mask.BandMasks; i++)
        {
            (int start, int width) = Draw(features.Bands, mask.BandWidth, random);
            features.ClearBands(start, width);
        }

        for (int i = 0; i < mask.FrameMasks; i++)
        {
            (int start, int width) = Draw(features.Frames, mask.FrameWidth, random);
            features.ClearFrames(start, width);
        }
    }

    /// <summary>A mask over an axis: a width from 0, below the greatest, and where it begins.</summary>
    private static (int Start, int Width) Draw(int length, int greatest, StableRandom random)
    {
        int width = Math.Min(length, greatest > 0 ? random.NextInt(greatest) : 0);
        return (random.NextInt(length - width + 1), width);
    }

    private bool Applies(AugmentSubject subject) => subject.Split switch
    {
        Split.Train => subject.IsSilence || StableRandom.For(seed, "augment.applies", subject.Key, subject.Copy).NextDouble() < spec.Probability,
        Split.Validation => subject.IsSilence,
        _ => false,
    };
}
