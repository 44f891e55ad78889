using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pipeline.FeatureStore.Audio;
using Lanes = System.Runtime.Intrinsics.Vector256<float>;

namespace Pipeline.FeatureStore.Augmentation;

/// <summary>
/// Makes a waveform longer or shorter at the same pitch: the phase vocoder (Flanagan and Golden 1966; Portnoff 1976) with frames of 2,048 samples, a periodic
/// Hann window, a hop of 512 and zeros beyond the ends, as librosa.effects.time_stretch has it. A phase goes on by the angle from one frame to the
/// next; as a unit complex number that is a product, so no angle is ever taken and the bits are the same on every machine. Not safe for more than one thread.
/// </summary>
internal sealed class TimeStretcher
{
    private const int Size = 2048, Hop = Size / 4;

    // Below it no window reaches a place.
    private const float MinSquares = 1e-30f;

    private static readonly RealFft<float> Fft = new(Size);
    private static readonly float[] Window = [.. Enumerable.Range(0, Size).Select(static n => (float)(0.5 - (0.5 * Math.Cos(2 * Math.PI * n / Size))))];

    private static readonly float[] FourWindows = [.. Enumerable.Range(3 * Hop, Hop).Select(static at => Squares(at, 4))];

    // A spectrum's rows are padded to whole vectors.
    private static readonly int Row = (Fft.Bins + Lanes.Count - 1) / Lanes.Count * Lanes.Count;

    private readonly Lanes[] _signal = new Lanes[Size];
    private readonly Lanes[] _re = new Lanes[Fft.Bins];
    private readonly Lanes[] _im = new Lanes[Fft.Bins];
    private readonly float[] _phaseRe = new float[Row];
    private readonly float[] _phaseIm = new float[Row];
    private float[] _magnitude = [];
    private float[] _unitRe = [];
    private float[] _unitIm = [];
    private float[] _sum = [];
    private float[] _output = [];

    /// <summary>The waveform at a rate; as many samples as the input's over the rate, rounded. Holds until the next call.</summary>
    /// <param name="samples">The waveform.</param>
    /// <param name="rate">How much faster: above 1 shorter. 0.25 to 4.</param>
    public ReadOnlySpan<float> Apply(ReadOnlySpan<float> samples, double rate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rate, 0.25);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, 4);
        int frames = 1 + (samples.Length / Hop), stretched = (int)Math.Ceiling(frames / rate);
        Analyse(samples, frames);
        Grow(ref _sum, (stretched * Hop) + Size);
        Array.Clear(_sum);
        FrameOf(0, _unitRe).CopyTo(_phaseRe);
        FrameOf(0, _unitIm).CopyTo(_phaseIm);
        for (int first = 0; first < stretched; first += RealFft<float>.Width)
        {
            for (int lane = 0; lane < RealFft<float>.Width; lane++)
            {
                Vocode((first + lane) * rate, frames, lane);
            }

            Fft.Inverse(_re, _im, _signal);
            OverlapAdd(first, Math.Min(RealFft<float>.Width, stretched - first));
        }

        int length = (int)Math.Round(samples.Length / rate, MidpointRounding.ToEven);
        Grow(ref _output, length);
        Normalise(stretched, _output.AsSpan(0, length));
        return _output.AsSpan(0, length);
    }

    private static Span<float> FrameOf(int frame, float[] values) => values.AsSpan(frame * Row, Row);

    // Magnitudes and directions of every frame, and of two frames of zeros after the last, whose direction is 1.
    private void Analyse(ReadOnlySpan<float> samples, int frames)
    {
        int length = (frames + 2) * Row;
        Grow(ref _magnitude, length);
        Grow(ref _unitRe, length);
        Grow(ref _unitIm, length);
        _magnitude.AsSpan(frames * Row, 2 * Row).Clear();
        _unitRe.AsSpan(frames * Row, 2 * Row).Fill(1);
        _unitIm.AsSpan(frames * Row, 2 * Row).Clear();
        for (int first = 0; first < frames; first += RealFft<float>.Width)
        {
            for (int lane = 0; lane < RealFft<float>.Width; lane++)
            {
                TakeFrame(samples, ((first + lane) * Hop) - (Size / 2), lane);
            }

            Fft.Forward(_signal, _re, _im);
            KeepFrames(first, Math.Min(RealFft<float>.Width, frames - first));
        }
    }

    private void TakeFrame(ReadOnlySpan<float> samples, int begin, int lane)
    {
        Span<float> values = MemoryMarshal.Cast<Lanes, float>(_signal.AsSpan());
        for (int n = 0; n < Size; n++)
        {
            int at = begin + n;
            values[(n * RealFft<float>.Width) + lane] = (uint)at < (uint)samples.Length ? samples[at] * Window[n] : 0;
        }
    }

    private void KeepFrames(int first, int count)
    {
        Span<Lanes> magnitudes = _signal.AsSpan(0, Fft.Bins);
        for (int bin = 0; bin < Fft.Bins; bin++)
        {
            Lanes magnitude = Vector256.Sqrt((_re[bin] * _re[bin]) + (_im[bin] * _im[bin])), silent = Vector256.Equals(magnitude, Lanes.Zero);
            magnitudes[bin] = magnitude;
            Lanes scale = Lanes.One / magnitude;
            _re[bin] = Vector256.ConditionalSelect(silent, Lanes.One, _re[bin] * scale);
            _im[bin] = Vector256.ConditionalSelect(silent, Lanes.Zero, _im[bin] * scale);
        }

        for (int lane = 0; lane < count; lane++)
        {
            Gather(magnitudes, lane, FrameOf(first + lane, _magnitude));
            Gather(_re, lane, FrameOf(first + lane, _unitRe));
            Gather(_im, lane, FrameOf(first + lane, _unitIm));
        }
    }

    private static void Gather(ReadOnlySpan<Lanes> lanes, int lane, Span<float> values)
    {
        ReadOnlySpan<float> all = MemoryMarshal.Cast<Lanes, float>(lanes);
        for (int i = 0, from = lane; from < all.Length; i++, from += RealFft<float>.Width)
        {
            values[i] = all[from];
        }
    }

    // The spectrum between two frames: magnitudes interpolated, phases accumulated.
    private void Vocode(double place, int frames, int lane)
    {
        int frame = Math.Min((int)place, frames);
        float part = (float)Math.Min(place - frame, 1);
        Span<float> re = MemoryMarshal.Cast<Lanes, float>(_re.AsSpan()), im = MemoryMarshal.Cast<Lanes, float>(_im.AsSpan());
        ReadOnlySpan<Lanes> near = Vectors(frame, _magnitude), far = Vectors(frame + 1, _magnitude);
        ReadOnlySpan<Lanes> fromRe = Vectors(frame, _unitRe), fromIm = Vectors(frame, _unitIm), toRe = Vectors(frame + 1, _unitRe), toIm = Vectors(frame + 1, _unitIm);
        Span<Lanes> phaseRe = MemoryMarshal.Cast<float, Lanes>(_phaseRe.AsSpan()), phaseIm = MemoryMarshal.Cast<float, Lanes>(_phaseIm.AsSpan());
        for (int i = 0; i < phaseRe.Length; i++)
        {
            Lanes magnitude = near[i] + (part * (far[i] - near[i])), pRe = phaseRe[i], pIm = phaseIm[i];
            Scatter(re, i, lane, magnitude * pRe);
            Scatter(im, i, lane, magnitude * pIm);
            Lanes turnRe = (toRe[i] * fromRe[i]) + (toIm[i] * fromIm[i]), turnIm = (toIm[i] * fromRe[i]) - (toRe[i] * fromIm[i]);
            Lanes nextRe = (pRe * turnRe) - (pIm * turnIm), nextIm = (pRe * turnIm) + (pIm * turnRe);

            // Kept at length 1, to which one step of Newton's method suffices.
            Lanes length = Vector256.Create(1.5f) - (0.5f * ((nextRe * nextRe) + (nextIm * nextIm)));
            (phaseRe[i], phaseIm[i]) = (nextRe * length, nextIm * length);
        }
    }

    private static ReadOnlySpan<Lanes> Vectors(int frame, float[] values) => MemoryMarshal.Cast<float, Lanes>(FrameOf(frame, values));

    private static void Scatter(Span<float> lanes, int vector, int lane, Lanes values)
    {
        for (int i = 0, to = (vector * RealFft<float>.Width * RealFft<float>.Width) + lane; i < RealFft<float>.Width && to < lanes.Length; i++, to += RealFft<float>.Width)
        {
            lanes[to] = values[i];
        }
    }

    private void OverlapAdd(int first, int count)
    {
        ReadOnlySpan<float> values = MemoryMarshal.Cast<Lanes, float>(_signal.AsSpan());
        for (int lane = 0; lane < count; lane++)
        {
            Span<float> sum = _sum.AsSpan((first + lane) * Hop, Size);
            for (int n = 0; n < Size; n++)
            {
                sum[n] += values[(n * RealFft<float>.Width) + lane] * Window[n];
            }
        }
    }

    // The output begins in the middle of the first frame. Where windows overlap their squares sum up: those of four, but near the ends.
    private void Normalise(int frames, Span<float> output)
    {
        for (int n = 0; n < output.Length; n++)
        {
            int at = n + (Size / 2), last = at / Hop;
            float squares = last >= 3 && last < frames ? FourWindows[at % Hop] : Squares(at, frames);
            output[n] = squares > MinSquares ? _sum[at] / squares : 0;
        }
    }

    // Of the windows of the frames that reach a place.
    private static float Squares(int at, int frames)
    {
        float squares = 0;
        for (int frame = Math.Min(at / Hop, frames - 1); frame >= 0 && at - (frame * Hop) < Size; frame--)
        {
            float window = Window[at - (frame * Hop)];
            squares += window * window;
        }

        return squares;
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            array = new T[length];
        }
    }
}
