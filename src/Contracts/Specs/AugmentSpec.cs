using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>When augmented copies come into being.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<AugmentWhen>))]
public enum AugmentWhen
{
    /// <summary>A fresh copy each epoch, drawn while training; the copy index is the epoch. The shards hold audio (or unaugmented features).</summary>
    Training,

    /// <summary>A fixed number of copies written into the shards.</summary>
    Stored,
}

/// <summary>
/// An augmentation chain. Every augmented copy is a pure function of (seed, clip id, copy index); only the training split is augmented, but for
/// <see cref="NoiseStep.SilenceGainMax"/>.
/// </summary>
public sealed record AugmentSpec
{
    /// <summary>When copies are drawn.</summary>
    public AugmentWhen When { get; init; } = AugmentWhen.Training;

    /// <summary>Copies of each training clip when stored; copy 0 is the clip itself, unaugmented.</summary>
    public int Copies { get; init; } = 1;

    /// <summary>Chance in [0, 1] that the whole chain is applied to a clip; silence is always augmented (models.md 3.3).</summary>
    public double Probability { get; init; } = 0.8;

    /// <summary>The steps in order. Waveform steps come before feature steps.</summary>
    public required IReadOnlyList<AugmentStep> Steps { get; init; }
}

/// <summary>One step of an augmentation chain.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "step")]
[JsonDerivedType(typeof(ShiftStep), "shift")]
[JsonDerivedType(typeof(NoiseStep), "noise")]
[JsonDerivedType(typeof(GainStep), "gain")]
[JsonDerivedType(typeof(GaussianStep), "gaussian")]
[JsonDerivedType(typeof(AmplitudeNoiseStep), "amplitudeNoise")]
[JsonDerivedType(typeof(PolarityStep), "polarity")]
[JsonDerivedType(typeof(TimeStretchStep), "timeStretch")]
[JsonDerivedType(typeof(PitchShiftStep), "pitchShift")]
[JsonDerivedType(typeof(SpeedStep), "speed")]
[JsonDerivedType(typeof(RoomStep), "room")]
[JsonDerivedType(typeof(MixStep), "mix")]
[JsonDerivedType(typeof(RollStep), "roll")]
[JsonDerivedType(typeof(MaskStep), "mask")]
public abstract record AugmentStep;

/// <summary>What comes into the gap that a shift leaves.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<ShiftGap>))]
public enum ShiftGap
{
    /// <summary>Silence.</summary>
    Zeros,

    /// <summary>What left at the other end.</summary>
    Wrap,
}

/// <summary>What an amplitude is a part of.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NoiseReference>))]
public enum NoiseReference
{
    /// <summary>Of 1.</summary>
    FullScale,

    /// <summary>Of the clip's greatest sample.</summary>
    Peak,
}

/// <summary>Moves the waveform by up to <see cref="MaxMs"/> milliseconds either way. Swept as <c>augment.shiftMs</c>.</summary>
public sealed record ShiftStep(double MaxMs) : AugmentStep
{
    /// <summary>What fills the gap.</summary>
    public ShiftGap Gap { get; init; } = ShiftGap.Zeros;

    /// <summary>Chance that it is applied where the chain is.</summary>
    public double P { get; init; } = 1;
}

/// <summary>
/// Adds a random crop of a background recording at a gain drawn from [0, <see cref="GainMax"/>), for silence [0, <see cref="SilenceGainMax"/>);
/// the sum is clamped to [-1, 1]. Swept as <c>augment.noiseGain</c>.
/// </summary>
public sealed record NoiseStep(double GainMax, double SilenceGainMax) : AugmentStep;

/// <summary>Makes the waveform louder by <see cref="MinDb"/> to <see cref="MaxDb"/> decibels, clamped to [-1, 1], with probability <see cref="P"/>.</summary>
public sealed record GainStep(double MinDb, double MaxDb, double P) : AugmentStep;

/// <summary>
/// Adds Gaussian noise <see cref="MinSnrDb"/> to <see cref="MaxSnrDb"/> decibels below the clip's own power, clamped to [-1, 1], with probability
/// <see cref="P"/>. A clip of zeros stays one.
/// </summary>
public sealed record GaussianStep(double MinSnrDb, double MaxSnrDb, double P) : AugmentStep;

/// <summary>
/// Adds Gaussian noise whose standard deviation is drawn from <see cref="Min"/> to <see cref="Max"/>, of full scale or of the clip's greatest sample,
/// clamped to [-1, 1], with probability <see cref="P"/>.
/// </summary>
public sealed record AmplitudeNoiseStep(double Min, double Max, NoiseReference Of, double P) : AugmentStep;

/// <summary>
/// Makes the waveform faster by a rate drawn from <see cref="MinRate"/> to <see cref="MaxRate"/> at the same pitch, with probability <see cref="P"/>; the end
/// is cut, or filled with zeros.
/// </summary>
public sealed record TimeStretchStep(double MinRate, double MaxRate, double P) : AugmentStep;

/// <summary>Raises the pitch by <see cref="MinSemitones"/> to <see cref="MaxSemitones"/> at the same length, with probability <see cref="P"/>.</summary>
public sealed record PitchShiftStep(double MinSemitones, double MaxSemitones, double P) : AugmentStep;

/// <summary>
/// Plays the waveform faster by a factor drawn from <see cref="MinRate"/> to <see cref="MaxRate"/>, pitch and length together, with probability <see cref="P"/>;
/// the end is cut, or filled with zeros.
/// </summary>
public sealed record SpeedStep(double MinRate, double MaxRate, double P) : AugmentStep;

/// <summary>
/// Puts the clip in a room that dies away by 60 dB in <see cref="MinMs"/> to <see cref="MaxMs"/> milliseconds, its echoes together <see cref="MinDb"/> to
/// <see cref="MaxDb"/> decibels below the direct sound, with probability <see cref="P"/>.
/// </summary>
public sealed record RoomStep(double MinMs, double MaxMs, double MinDb, double MaxDb, double P) : AugmentStep;

/// <summary>
/// Adds another training clip <see cref="MinSnrDb"/> to <see cref="MaxSnrDb"/> decibels below this one, clamped to [-1, 1], with probability
/// <see cref="P"/>. The label stays. Where either is silent nothing is added.
/// </summary>
public sealed record MixStep(double MinSnrDb, double MaxSnrDb, double P) : AugmentStep;

/// <summary>Turns the waveform upside down with probability <see cref="P"/>.</summary>
public sealed record PolarityStep(double P) : AugmentStep;

/// <summary>Rolls the features by up to <see cref="MaxFrames"/> frames either way. Swept as <c>augment.rollFrames</c>.</summary>
public sealed record RollStep(int MaxFrames) : AugmentStep;

/// <summary>
/// SpecAugment's masks (Park et al. 2019), as the BC-ResNet authors draw them: bands and frames are set to 0. Of every training clip, whatever the
/// chain's probability. A mask's width is drawn from 0 to one less than the greatest. Swept as <c>augment.maskBands</c> and <c>augment.maskFrames</c>.
/// </summary>
/// <param name="BandMasks">Masks over bands.</param>
/// <param name="BandWidth">A band mask is narrower than this.</param>
/// <param name="FrameMasks">Masks over frames.</param>
/// <param name="FrameWidth">A frame mask is narrower than this.</param>
public sealed record MaskStep(int BandMasks, int BandWidth, int FrameMasks, int FrameWidth) : AugmentStep;
