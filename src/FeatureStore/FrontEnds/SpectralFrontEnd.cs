using System.Runtime.Intrinsics;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>
/// A front end by recipe: windowed spectra, mel bands, a logarithm, and where asked for cepstra and their differences (models.md 1.B to 1.E). Sums go
/// in double precision and in one order.
/// </summary>
internal sealed class SpectralFrontEnd : IFrontEnd
{
    private const float DecibelsPerNeper = 4.34294482f, DynamicRange = 80;

    private readonly SpectralRecipe _recipe;
    private readonly RealFft<double> _fft;
    private readonly float[] _window;
    private readonly float[][] _transform;
    private readonly ThreadLocal<Workspace> _work = new(static () => new());

    public SpectralFrontEnd(SpectralRecipe recipe)
    {
        _recipe = recipe;
        _fft = new(recipe.FftSize);
        _window = [.. Enumerable.Range(0, recipe.Window).Select(n => (float)(0.5 - (0.5 * Math.Cos(2 * Math.PI * n / recipe.Window))))];
        _transform = Cepstrum.Transform(recipe.Coefficients, MelBands, recipe.IsOrthonormal);
    }

    /// <inheritdoc/>
    public string Name => _recipe.Name;

    /// <inheritdoc/>
    public int SampleRate => _recipe.SampleRate;

    /// <inheritdoc/>
    public int Bands => _recipe.Output switch
    {
        SpectralOutput.Bands => MelBands,
        SpectralOutput.Cepstra => _recipe.Coefficients,
        _ => MelBands + (2 * _recipe.Coefficients),
    };

    /// <inheritdoc/>
    public int MinSamples => _recipe.Output == SpectralOutput.EnergiesAndDifferences ? (Cepstrum.DifferenceWidth - 1) * _recipe.Hop : _recipe.Padding switch
    {
        FramePadding.None => _recipe.Window,
        FramePadding.Reflected => (_recipe.FftSize / 2) + 1,
        _ => 1,
    };

    private int MelBands => _recipe.Filters.Starts.Length;

    /// <inheritdoc/>
    public int FramesFor(int samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, MinSamples);
        return 1 + ((_recipe.Padding == FramePadding.None ? samples - _recipe.Window : samples) / _recipe.Hop);
    }

    /// <inheritdoc/>
    public void Compute(ReadOnlySpan<float> samples, Span<float> features)
    {
        int frames = FramesFor(samples.Length);
        if (features.Length < frames * Bands)
        {
            throw new ArgumentException($"The features need {frames * Bands} floats; found room for {features.Length}.", nameof(features));
        }

        Workspace work = _work.Value!;
        Span<float> energies = Room(ref work.Energies, MelBands * frames), compressed = Room(ref work.Compressed, MelBands * frames);
        Energies(Pad(samples, work), frames, energies, work);
        Compress(energies, compressed);
        switch (_recipe.Output)
        {
            case SpectralOutput.Bands:
                compressed.CopyTo(features);
                break;
            case SpectralOutput.Cepstra:
                Cepstrum.Apply(_transform, compressed, frames, features);
                break;
            default:
                Span<float> cepstra = Room(ref work.Cepstra, _recipe.Coefficients * frames);
                Cepstrum.Apply(_transform, compressed, frames, cepstra);
                energies.CopyTo(features);
                Cepstrum.Differences(cepstra, frames, order: 1, features.Slice(energies.Length, cepstra.Length));
                Cepstrum.Differences(cepstra, frames, order: 2, features.Slice(energies.Length + cepstra.Length, cepstra.Length));
                break;
        }
    }

    private static Span<T> Room<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }

        return array.AsSpan(0, length);
    }

    // The signal so that frame k begins at sample k · hop. A clip without a positive sample is not divided.
    private ReadOnlySpan<double> Pad(ReadOnlySpan<float> samples, Workspace work)
    {
        int beyond = _recipe.Padding == FramePadding.None ? 0 : _recipe.FftSize / 2;
        Span<double> padded = Room(ref work.Padded, samples.Length + (2 * beyond));
        padded[..beyond].Clear();
        padded[^beyond..].Clear();
        float peak = _recipe.DividesByMaximum ? SampleMath.Peak(samples) : 0;
        for (int i = 0; i < samples.Length; i++)
        {
            padded[beyond + i] = peak > 0 ? samples[i] / peak : samples[i];
        }

        for (int i = 1; i <= beyond && _recipe.Padding == FramePadding.Reflected; i++)
        {
            padded[beyond - i] = samples[i];
            padded[beyond + samples.Length - 1 + i] = samples[samples.Length - 1 - i];
        }

        return padded;
    }

    private void Energies(ReadOnlySpan<double> signal, int frames, Span<float> energies, Workspace work)
    {
        Span<Vector256<double>> frame = Room(ref work.Frame, _fft.Size), re = Room(ref work.Re, _fft.Bins), im = Room(ref work.Im, _fft.Bins);
        frame[_window.Length..].Clear();
        for (int first = 0; first < frames; first += RealFft<double>.Width)
        {
            Window(signal, first, frames, frame);
            _fft.Forward(frame, re, im);
            for (int bin = 0; bin < re.Length; bin++)
            {
                Vector256<double> power = (re[bin] * re[bin]) + (im[bin] * im[bin]);
                re[bin] = _recipe.OfMagnitudes ? Vector256.Sqrt(power) : power;
            }

            for (int band = 0; band < MelBands; band++)
            {
                Vector256<double> energy = Energy(re[_recipe.Filters.Starts[band]..], _recipe.Filters.Weights[band]);
                for (int lane = 0; lane < RealFft<double>.Width && first + lane < frames; lane++)
                {
                    energies[(band * frames) + first + lane] = (float)energy[lane];
                }
            }
        }
    }

    // Frames side by side in the lanes; what is beyond the last frame repeats it.
    private void Window(ReadOnlySpan<double> signal, int first, int frames, Span<Vector256<double>> frame)
    {
        int last = frames - 1 - first, hop = _recipe.Hop;
        ReadOnlySpan<double> a = signal[(first * hop)..], b = a[(Math.Min(1, last) * hop)..], c = a[(Math.Min(2, last) * hop)..], d = a[(Math.Min(3, last) * hop)..];
        for (int n = 0; n < _window.Length; n++)
        {
            frame[n] = Vector256.Create(a[n], b[n], c[n], d[n]) * Vector256.Create((double)_window[n]);
        }
    }

    private static Vector256<double> Energy(ReadOnlySpan<Vector256<double>> power, ReadOnlySpan<float> weights)
    {
        Vector256<double> sum = Vector256<double>.Zero;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += power[i] * Vector256.Create((double)weights[i]);
        }

        return sum;
    }

    private void Compress(ReadOnlySpan<float> energies, Span<float> compressed)
    {
        Span<float> eight = stackalloc float[Vector256<float>.Count];
        eight.Fill(1);
        for (int i = 0; i < energies.Length; i += eight.Length)
        {
            int count = Math.Min(eight.Length, energies.Length - i);
            energies.Slice(i, count).CopyTo(eight);
            Log(Vector256.Create<float>(eight)).CopyTo(eight);
            eight[..count].CopyTo(compressed[i..]);
        }

        if (_recipe.Compression == Compression.Decibels)
        {
            float greatest = float.NegativeInfinity;
            foreach (float value in compressed)
            {
                greatest = Math.Max(greatest, value);
            }

            foreach (ref float value in compressed)
            {
                value = Math.Max(value, greatest - DynamicRange);
            }
        }
    }

    private Vector256<float> Log(Vector256<float> energies)
    {
        Vector256<float> floor = Vector256.Create(_recipe.Floor);
        Vector256<float> log = NaturalLog.Of(_recipe.Compression == Compression.LogOfSum ? energies + floor : Vector256.Max(energies, floor));
        return _recipe.Compression == Compression.Decibels ? Vector256.Create(DecibelsPerNeper) * log : log;
    }

    /// <summary>The working memory of a thread.</summary>
    private sealed class Workspace
    {
        public double[] Padded = [];
        public Vector256<double>[] Frame = [];
        public Vector256<double>[] Re = [];
        public Vector256<double>[] Im = [];
        public float[] Energies = [];
        public float[] Compressed = [];
        public float[] Cepstra = [];
    }
}
