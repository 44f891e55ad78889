using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>
/// Log-mel features, ln(mel energy + 1e-6), of 30 ms Hann windows every 10 ms at 16 kHz (models.md 1.A and 1.F). Eight frames are worked on at
/// once, one a lane; lanes never mix, so the bits are those of a frame worked on alone.
/// </summary>
internal sealed class LogMelFrontEnd : IFrontEnd
{
    private const int Window = 480;
    private const int Hop = 160;
    private const float Floor = 1e-6f;
    private const int Lanes = 8;

    private static readonly float[] Hann = [.. Enumerable.Range(0, Window).Select(n => (float)(0.5 - (0.5 * Math.Cos(2 * Math.PI * n / Window))))];

    [ThreadStatic]
    private static Scratch? _scratch;

    private readonly MelFilters _filters;
    private readonly bool _centred;

    /// <summary>Makes the front end; a centred one reflects 256 samples at both ends, so that frame k is centred on sample 160 k.</summary>
    public LogMelFrontEnd(string name, int bands, double maxHz, bool centred)
    {
        Name = name;
        _filters = MelFilters.Htk(bands, maxHz, SampleRate, PowerSpectrum512.Size);
        _centred = centred;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRate => 16_000;

    /// <inheritdoc/>
    public int Bands => _filters.Starts.Length;

    /// <summary>What the front end multiplies by, for code that repeats its steps.</summary>
    public LogMelTables Tables => new(
        Hann,
        PowerSpectrum512.HalfTwiddles,
        PowerSpectrum512.SplitTwiddles,
        [.. _filters.Starts.Zip(_filters.Weights, static (start, weights) => new MelFilter(start, weights))],
        _centred ? Window / 2 : 0);

    /// <inheritdoc/>
    public int MinSamples => _centred ? (PowerSpectrum512.Size / 2) + 1 : Window;

    /// <inheritdoc/>
    public int FramesFor(int samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, MinSamples);
        return 1 + ((_centred ? samples : samples - Window) / Hop);
    }

    /// <inheritdoc/>
    public void Compute(ReadOnlySpan<float> samples, Span<float> features)
    {
        int frames = FramesFor(samples.Length);
        if (features.Length < frames * Bands)
        {
            throw new ArgumentException($"The features need {frames * Bands} floats; found room for {features.Length}.", nameof(features));
        }

        Scratch scratch = _scratch ??= new Scratch();
        ReadOnlySpan<float> padded = Pad(samples, scratch);
        for (int frame = 0; frame < frames; frame += Lanes)
        {
            int used = Math.Min(Lanes, frames - frame);
            LoadWindowed(padded, frame, used, scratch.Spectrum);
            scratch.Spectrum.Transform(scratch.Power);
            StoreBands(scratch.Power, features[..(frames * Bands)], frames, frame, used);
        }
    }

    // The signal so that frame k's window begins at sample 160 k. A centred window of 480 in 512 begins 16 samples into the 256 reflected ones.
    private ReadOnlySpan<float> Pad(ReadOnlySpan<float> samples, Scratch scratch)
    {
        if (!_centred)
        {
            return samples;
        }

        const int reflected = Window / 2;
        Span<float> padded = scratch.Padded(samples.Length + (2 * reflected));
        samples.CopyTo(padded[reflected..]);
        for (int i = 1; i <= reflected; i++)
        {
            padded[reflected - i] = samples[i];
            padded[reflected + samples.Length - 1 + i] = samples[samples.Length - 1 - i];
        }

        return padded;
    }

    // Lanes past the last frame repeat it; their results are dropped.
    private static void LoadWindowed(ReadOnlySpan<float> signal, int frame, int used, PowerSpectrum512 spectrum)
    {
        Span<Vector256<float>> even = spectrum.Even, odd = spectrum.Odd;
        int last = used - 1;
        ref float start = ref Unsafe.Add(ref MemoryMarshal.GetReference(signal), frame * Hop);
        ref float l1 = ref Unsafe.Add(ref start, Math.Min(1, last) * Hop), l2 = ref Unsafe.Add(ref start, Math.Min(2, last) * Hop);
        ref float l3 = ref Unsafe.Add(ref start, Math.Min(3, last) * Hop), l4 = ref Unsafe.Add(ref start, Math.Min(4, last) * Hop);
        ref float l5 = ref Unsafe.Add(ref start, Math.Min(5, last) * Hop), l6 = ref Unsafe.Add(ref start, Math.Min(6, last) * Hop);
        ref float l7 = ref Unsafe.Add(ref start, Math.Min(7, last) * Hop);
        for (int n = 0; n < Window; n++)
        {
            Vector256<float> value = Vector256.Create(
                Unsafe.Add(ref start, n), Unsafe.Add(ref l1, n), Unsafe.Add(ref l2, n), Unsafe.Add(ref l3, n),
                Unsafe.Add(ref l4, n), Unsafe.Add(ref l5, n), Unsafe.Add(ref l6, n), Unsafe.Add(ref l7, n));
            ((n & 1) == 0 ? even : odd)[n >> 1] = value * Vector256.Create(Hann[n]);
        }

        even[(Window / 2)..].Clear();
        odd[(Window / 2)..].Clear();
    }

    private void StoreBands(ReadOnlySpan<Vector256<float>> power, Span<float> features, int frames, int frame, int used)
    {
        for (int band = 0; band < Bands; band++)
        {
            ReadOnlySpan<float> weights = _filters.Weights[band];
            ReadOnlySpan<Vector256<float>> bins = power.Slice(_filters.Starts[band], weights.Length);
            Vector256<float> energy = Vector256<float>.Zero;
            for (int i = 0; i < weights.Length; i++)
            {
                energy += bins[i] * Vector256.Create(weights[i]);
            }

            Vector256<float> log = NaturalLog.Of(energy + Vector256.Create(Floor));
            Span<float> row = features.Slice((band * frames) + frame, used);
            if (used == Lanes)
            {
                log.CopyTo(row);
            }
            else
            {
                for (int lane = 0; lane < used; lane++)
                {
                    row[lane] = log[lane];
                }
            }
        }
    }

    private sealed class Scratch
    {
        private float[] _padded = [];

        public PowerSpectrum512 Spectrum { get; } = new();

        public Vector256<float>[] Power { get; } = new Vector256<float>[PowerSpectrum512.Bins];

        public Span<float> Padded(int length)
        {
            if (_padded.Length < length)
            {
                _padded = new float[length];
            }

            return _padded.AsSpan(0, length);
        }
    }
}
