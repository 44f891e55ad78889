using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.Augmentation;

/// <summary>
/// The steps that change a waveform with draws of their own. Each is a pure function of its arguments; the object keeps their working memory and is not
/// safe for more than one thread.
/// </summary>
/// <param name="sampleRate">Samples a second.</param>
/// <param name="clips">What a mix step draws from.</param>
internal sealed class WaveformSteps(int sampleRate, ClipBank clips)
{
    private readonly TimeStretcher _stretcher = new();
    private readonly SpeedChanger _speed = new();
    private readonly RoomEcho _room = new();
    private float[] _copy = [];

    /// <summary>Applies a step in place, with the probability that it has.</summary>
    public void Apply(AugmentStep step, Span<float> samples, StableRandom random)
    {
        double draw = random.NextDouble();
        switch (step)
        {
            case GainStep gain when draw < gain.P:
                SampleMath.ScaleClamped(samples, Amplitude(random.NextDouble(gain.MinDb, gain.MaxDb)));
                break;
            case GaussianStep noise when draw < noise.P:
                AddNoise(samples, SampleMath.Rms(samples) / Amplitude(random.NextDouble(noise.MinSnrDb, noise.MaxSnrDb)), random);
                break;
            case AmplitudeNoiseStep noise when draw < noise.P:
                double of = noise.Of == NoiseReference.Peak ? SampleMath.Peak(samples) : 1;
                AddNoise(samples, of * random.NextDouble(noise.Min, noise.Max), random);
                break;
            case PolarityStep polarity when draw < polarity.P:
                SampleMath.ScaleClamped(samples, -1);
                break;
            case TimeStretchStep stretch when draw < stretch.P:
                Fit(_stretcher.Apply(samples, random.NextDouble(stretch.MinRate, stretch.MaxRate)), samples);
                break;
            case PitchShiftStep pitch when draw < pitch.P:
                ShiftPitch(samples, Math.Pow(2, random.NextDouble(pitch.MinSemitones, pitch.MaxSemitones) / 12));
                break;
            case SpeedStep speed when draw < speed.P:
                _speed.Apply(Copy(samples), random.NextDouble(speed.MinRate, speed.MaxRate), samples);
                break;
            case RoomStep room when draw < room.P:
                double seconds = random.NextDouble(room.MinMs, room.MaxMs) / 1000;
                _room.Apply(samples, seconds * sampleRate, Amplitude(-random.NextDouble(room.MinDb, room.MaxDb)), random);
                break;
            case MixStep mix when draw < mix.P && clips.Count > 0:
                Mix(samples, random.NextInt(clips.Count), Amplitude(random.NextDouble(mix.MinSnrDb, mix.MaxSnrDb)));
                break;
            default:
                break;
        }
    }

    private static double Amplitude(double decibels) => Math.Pow(10, decibels / 20);

    private static void AddNoise(Span<float> samples, double deviation, StableRandom random)
    {
        foreach (ref float sample in samples)
        {
            sample = (float)Math.Clamp(sample + (deviation * GaussianNoise.Next(random)), -1, 1);
        }
    }

    // Longer by the factor at the same pitch, then played faster by it.
    private void ShiftPitch(Span<float> samples, double factor) => _speed.Apply(_stretcher.Apply(samples, 1 / factor), factor, samples);

    private void Mix(Span<float> samples, int other, double ratio)
    {
        Span<float> added = Room(samples.Length);
        clips.Read(other, added);
        double level = SampleMath.Rms(added);
        if (level > 0)
        {
            SampleMath.AddScaledClamped(samples, added, (float)(SampleMath.Rms(samples) / ratio / level));
        }
    }

    private static void Fit(ReadOnlySpan<float> from, Span<float> to)
    {
        int kept = Math.Min(from.Length, to.Length);
        from[..kept].CopyTo(to);
        to[kept..].Clear();
    }

    private ReadOnlySpan<float> Copy(ReadOnlySpan<float> samples)
    {
        Span<float> copy = Room(samples.Length);
        samples.CopyTo(copy);
        return copy;
    }

    private Span<float> Room(int samples)
    {
        if (_copy.Length < samples)
        {
            _copy = new float[samples];
        }

        return _copy.AsSpan(0, samples);
    }
}
