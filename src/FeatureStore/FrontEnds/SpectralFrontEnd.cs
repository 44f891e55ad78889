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
    private readonly RealFft _fft;
    private readonly float[] _window;
    private readonly float[][] _transform;

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

        var energies = new float[MelBands * frames];
        Energies(Padded(samples), frames, energies);
        float[] compressed = Compress(energies);
        switch (_recipe.Output)
        {
            case SpectralOutput.Bands:
                compressed.CopyTo(features);
                break;
            case SpectralOutput.Cepstra:
                Cepstrum.Apply(_transform, compressed, frames, features);
                break;
            default:
                var cepstra = new float[_recipe.Coefficients * frames];
                Cepstrum.Apply(_transform, compressed, frames, cepstra);
                energies.CopyTo(features);
                Cepstrum.Differences(cepstra, frames, order: 1, features.Slice(energies.Length, cepstra.Length));
                Cepstrum.Differences(cepstra, frames, order: 2, features.Slice(energies.Length + cepstra.Length, cepstra.Length));
                break;
        }
    }

    // The signal so that frame k begins at sample k · hop. A clip without a positive sample is not divided.
    private double[] Padded(ReadOnlySpan<float> samples)
    {
        int beyond = _recipe.Padding == FramePadding.None ? 0 : _recipe.FftSize / 2;
        var padded = new double[samples.Length + (2 * beyond)];
        float greatest = 0;
        for (int i = 0; i < samples.Length && _recipe.DividesByMaximum; i++)
        {
            greatest = Math.Max(greatest, samples[i]);
        }

        for (int i = 0; i < samples.Length; i++)
        {
            padded[beyond + i] = greatest > 0 ? samples[i] / greatest : samples[i];
        }

        for (int i = 1; i <= beyond && _recipe.Padding == FramePadding.Reflected; i++)
        {
            padded[beyond - i] = samples[i];
            padded[beyond + samples.Length - 1 + i] = samples[samples.Length - 1 - i];
        }

        return padded;
    }

    private void Energies(double[] signal, int frames, float[] energies)
    {
        Span<Vector256<double>> frame = new Vector256<double>[_fft.Size], re = new Vector256<double>[_fft.Bins], im = new Vector256<double>[_fft.Bins];
        for (int first = 0; first < frames; first += RealFft.Width)
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
                for (int lane = 0; lane < RealFft.Width && first + lane < frames; lane++)
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

    private float[] Compress(float[] energies)
    {
        var compressed = new float[energies.Length];
        float floor = _recipe.Floor, greatest = float.NegativeInfinity;
        for (int i = 0; i < energies.Length; i++)
        {
            float kept = _recipe.Compression == Compression.LogOfSum ? energies[i] + floor : Math.Max(energies[i], floor);
            float log = NaturalLog.Of(Vector256.Create(kept))[0];
            compressed[i] = _recipe.Compression == Compression.Decibels ? DecibelsPerNeper * log : log;
            greatest = Math.Max(greatest, compressed[i]);
        }

        for (int i = 0; i < compressed.Length && _recipe.Compression == Compression.Decibels; i++)
        {
            compressed[i] = Math.Max(compressed[i], greatest - DynamicRange);
        }

        return compressed;
    }
}
