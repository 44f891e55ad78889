using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Augmentation;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.FrontEnds;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Makes the tensor of a row from its clip. One for each shard being built; not safe for more than one thread.</summary>
internal sealed class RowBuilder : IDisposable
{
    // Decides stored copies; the clips' ids and the copy's number do the rest.
    private const ulong StoredSeed = 0;

    private readonly FeatureSetPlan _plan;
    private readonly ClipDecoder _decoder = new();
    private readonly IFrontEnd? _frontEnd;
    private readonly Augmenter? _augmenter;
    private readonly RowCodec _codec;
    private readonly float[] _features;
    private (string Id, ClipContent? Content) _last = ("", null);

    public RowBuilder(FeatureSetPlan plan)
    {
        _plan = plan;
        _codec = new RowCodec(plan.RowFormat);
        _frontEnd = plan.FrontEnd is null ? null : FrontEnds.FrontEnds.Get(plan.FrontEnd);
        _features = new float[plan.Content == ShardContent.Features ? plan.RowBytes / plan.RowFormat.ValueBytes : 0];
        if (plan.StoredAugment is { } augment)
        {
            IEnumerable<PlannedClip> noise = plan.Clips.Where(clip => clip.Split == Split.Noise && Augmenter.HasNoise(augment));
            PlannedClip[] training = Augmenter.HasMix(augment) ? [.. plan.Clips.Where(static clip => clip is { Split: Split.Train, FirstCopy: 0 })] : [];
            ClipBank clips = new(training.Length, (index, samples) => ReadOther(training[index], samples));
            _augmenter = new Augmenter(augment, StoredSeed, new NoiseBank([.. noise.Select(clip => Read(clip).Samples!)]), clips, plan.SampleRate);
        }
    }

    /// <summary>Fills the tensor; gives the samples or frames that are sound and not padding.</summary>
    /// <exception cref="BadInputException">The recording is gone, or is not the one that was planned, or has features that the type cannot hold.</exception>
    public int Build(PlannedClip clip, int copy, Span<byte> tensor)
    {
        if (clip.Split == Split.Noise)
        {
            return BuildNoise(clip, copy, MemoryMarshal.Cast<byte, short>(tensor));
        }

        ClipContent content = Read(clip);
        int length = Math.Min(content.Samples?.Length ?? _plan.ClipSamples, _plan.ClipSamples);
        if (_plan.Content == ShardContent.Audio)
        {
            ToPcm16(content.Samples, MemoryMarshal.Cast<byte, short>(tensor));
            return length;
        }

        var subject = new AugmentSubject(Augmenter.KeyOf(clip.Id), copy, _plan.Classes[clip.Label] == TwelveClasses.Silence, clip.Split);
        Augmenter? augmenter = clip.Split == Split.Train && copy == 0 ? null : _augmenter;
        int frames = _plan.Shape[1];
        if (content.Features is { } ready)
        {
            ready.CopyTo(_features, 0);
            length = frames;
        }
        else
        {
            float[] samples = new AudioClip(content.Samples!, _plan.SampleRate).FitTo(_plan.ClipSamples);
            augmenter?.ApplyToWaveform(samples, subject);
            _frontEnd!.Compute(samples, _features);
            length = (int)((((long)frames * length) + _plan.ClipSamples - 1) / _plan.ClipSamples);
        }

        augmenter?.ApplyToFeatures(new FeatureValues(_features, frames), subject);
        return _codec.Encode(_features, tensor) is var unfit and >= 0
            ? throw new BadInputException($"{clip.File ?? clip.Id}: feature {unfit} of '{clip.Id}' is {_features[unfit]}, which {_plan.RowFormat} cannot hold. Say type: float32, or check the recording.")
            : length;
    }

    /// <inheritdoc/>
    public void Dispose() => _decoder.Dispose();

    // A background recording is cut into rows.
    private int BuildNoise(PlannedClip clip, int piece, Span<short> tensor)
    {
        float[] samples = Read(clip).Samples!;
        int start = piece * _plan.ClipSamples;
        int length = Math.Min(_plan.ClipSamples, samples.Length - start);
        ToPcm16(samples.AsSpan(start, length), tensor);
        return length;
    }

    // A clip's copies follow one another, so that it is read once for all of them.
    private ClipContent Read(PlannedClip clip)
    {
        if (_last.Id != clip.Id)
        {
            _last = (clip.Id, _decoder.Read(_plan, clip));
        }

        return _last.Content!;
    }

    private void ReadOther(PlannedClip clip, Span<float> samples) =>
        new AudioClip(_decoder.Read(_plan, clip).Samples!, _plan.SampleRate).FitTo(samples.Length).CopyTo(samples);

    private static void ToPcm16(ReadOnlySpan<float> samples, Span<short> tensor)
    {
        tensor.Clear();
        for (int i = 0; i < samples.Length; i++)
        {
            tensor[i] = Pcm16.FromFloat(samples[i]);
        }
    }
}
