using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Lanes = System.Runtime.Intrinsics.Vector256<float>;

namespace Pipeline.FeatureStore.Augmentation;

/// <summary>
/// Echoes of a room drawn at random: the direct sound and after it Gaussian noise that dies away exponentially (Polack 1988, the statistical model of a
/// diffuse field), convolved with the waveform by way of their spectra. Not safe for more than one thread.
/// </summary>
internal sealed class RoomEcho
{
    private RealFft<float> _fft = new(4);
    private Lanes[] _signal = [];
    private Lanes[] _re = [];
    private Lanes[] _im = [];

    /// <summary>Puts the waveform in a room, in place; what dies away after its end is cut, and the sum is clamped to [-1, 1].</summary>
    /// <param name="samples">The waveform.</param>
    /// <param name="decay">Samples in which the echoes fall by 60 dB.</param>
    /// <param name="level">Root of the echoes' energy, that of the direct sound being 1.</param>
    /// <param name="random">Draws the room.</param>
    public void Apply(Span<float> samples, double decay, double level, StableRandom random)
    {
        int echoes = Math.Max(1, Math.Min((int)decay, samples.Length - 1));
        Prepare(samples.Length + echoes + 1);
        Span<float> lanes = MemoryMarshal.Cast<Lanes, float>(_signal.AsSpan());
        for (int n = 0; n < samples.Length; n++)
        {
            lanes[n * RealFft<float>.Width] = samples[n];
        }

        DrawEchoes(lanes, echoes, decay, level, random);
        _fft.Forward(_signal, _re, _im);
        Multiply(MemoryMarshal.Cast<Lanes, float>(_re.AsSpan()), MemoryMarshal.Cast<Lanes, float>(_im.AsSpan()));
        _fft.Inverse(_re, _im, _signal);
        for (int n = 0; n < samples.Length; n++)
        {
            samples[n] = Math.Clamp(samples[n] + lanes[n * RealFft<float>.Width], -1, 1);
        }
    }

    // The waveform goes in the first lane, the room's response without the direct sound in the second.
    private static void DrawEchoes(Span<float> lanes, int echoes, double decay, double level, StableRandom random)
    {
        double fall = Math.Pow(10, -3 / decay), envelope = 1, energy = 0;
        for (int n = 1; n <= echoes; n++)
        {
            envelope *= fall;
            double echo = envelope * GaussianNoise.Next(random);
            energy += echo * echo;
            lanes[(n * RealFft<float>.Width) + 1] = (float)echo;
        }

        double scale = level / Math.Sqrt(energy);
        for (int n = 1; n <= echoes; n++)
        {
            lanes[(n * RealFft<float>.Width) + 1] *= (float)scale;
        }
    }

    private static void Multiply(Span<float> re, Span<float> im)
    {
        for (int i = 0; i < re.Length; i += RealFft<float>.Width)
        {
            (re[i], im[i]) = ((re[i] * re[i + 1]) - (im[i] * im[i + 1]), (re[i] * im[i + 1]) + (im[i] * re[i + 1]));
        }
    }

    private void Prepare(int samples)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, samples));
        if (_fft.Size < size)
        {
            _fft = new(size);
            (_signal, _re, _im) = (new Lanes[size], new Lanes[_fft.Bins], new Lanes[_fft.Bins]);
        }

        Array.Clear(_signal);
    }
}
