using System.Text.Json.Serialization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>How a clip is made of its file, where it is not the file as it stands.</summary>
/// <param name="Start">Seconds into the file at which the clip begins.</param>
/// <param name="End">Seconds into the file at which it ends; null: where the file does.</param>
/// <param name="Resample">Samples a second to which it is resampled where it has another rate; null: it must have the set's rate.</param>
/// <param name="Fit">How it becomes as long as a row.</param>
public sealed record ClipReading(double Start = 0, double? End = null, int? Resample = null, ClipFit Fit = ClipFit.Whole)
{
    // Annotations are rounded, mostly to milliseconds; what ends later than this after the file was made for another one.
    private const double Slack = 0.01;

    /// <summary>Of a row of an imported array: what it is; null: <see cref="ValueMapping.Standard"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ValueMapping? Values { get; init; }

    /// <summary>What decides the samples, beside the file's bytes.</summary>
    internal string Identity => FormattableString.Invariant($"{Start:r} {End:r} {Resample} {(Resample is null ? 0 : Resampler.Version)} {Fit}")
        + (Values is { } values ? FormattableString.Invariant($" {values.Type} {values.Gain:r} {values.Offset:r} {values.Frames} {values.Bands}") : "");

    /// <summary>The part of a recording that is the clip, at the recording's rate.</summary>
    /// <exception cref="BadInputException">The recording ends before the clip does.</exception>
    internal AudioClip Section(AudioClip recording, string file)
    {
        double seconds = (double)recording.Samples.Length / recording.SampleRate;
        if (Start >= seconds || End > seconds + Slack)
        {
            throw new BadInputException(
                $"{file}: the recording lasts {seconds:f3} s. Expected a clip from {Start} to {End ?? seconds} s in it; correct its line in the manifest.");
        }

        int first = (int)Math.Round(Start * recording.SampleRate);
        int end = Math.Min(recording.Samples.Length, End is { } last ? (int)Math.Round(last * recording.SampleRate) : int.MaxValue);
        return end > first
            ? recording with { Samples = first == 0 && end == recording.Samples.Length ? recording.Samples : recording.Samples[first..end] }
            : throw new BadInputException(
                $"{file}: the clip from {Start} to {End ?? seconds} s has no sample at {recording.SampleRate} Hz. Expected a longer one.");
    }

    /// <summary>The clip's samples at the set's rate, fitted to a row where <see cref="Fit"/> says how.</summary>
    /// <exception cref="BadInputException">The recording has another rate and is not to be resampled to the set's.</exception>
    internal float[] Samples(AudioClip recording, string file, int sampleRate, int clipSamples)
    {
        AudioClip section = Section(recording, file);
        if (section.SampleRate == sampleRate)
        {
            return FitTo(section.Samples, clipSamples);
        }

        return Resample == sampleRate
            ? FitTo(Resampler.Of(section.SampleRate, sampleRate).Apply(section.Samples), clipSamples)
            : throw new BadInputException(
                $"{file}: the recording has {section.SampleRate} Hz. Expected {sampleRate} Hz, which the front end takes. "
                + (Resample is { } other ? $"The data set says resample: {other}; write" : "Write")
                + $" resample: {sampleRate} in the data set, or convert the recording.");
    }

    private float[] FitTo(float[] samples, int count)
    {
        if (Fit == ClipFit.Whole || samples.Length == count)
        {
            return samples;
        }

        if (samples.Length > count)
        {
            int from = Fit == ClipFit.Centre ? (samples.Length - count) / 2 : 0;
            return samples[from..(from + count)];
        }

        if (Fit == ClipFit.Head)
        {
            return samples;
        }

        var padded = new float[count];
        samples.CopyTo(padded, (count - samples.Length) / 2);
        return padded;
    }
}
