using Pipeline.Contracts;
using Pipeline.Workers.Streaming;

namespace Pipeline.Workers.Tests.Streaming;

public sealed class ComposedStreamTests
{
    private const int Rate = 100;
    private const int ClipSamples = 100;

    private static readonly float[][] Clips = [.. Enumerable.Range(0, 5).Select(static c => Enumerable.Range(0, ClipSamples - c).Select(i => ((c * 100) + i) / 1000f).ToArray())];
    private static readonly float[][] Noise = [[0.1f, -0.1f, 0.3f], [0.05f]];

    [Fact]
    public void A_plan_is_a_function_of_its_arguments_and_places_every_clip_before_it_repeats_one()
    {
        StreamPlan plan = Draw(seed: 3);
        Assert.Equal(plan.Clips, Draw(seed: 3).Clips);
        Assert.Equal(plan.Noise, Draw(seed: 3).Noise);
        Assert.NotEqual(plan.Clips, Draw(seed: 4).Clips);
        foreach (PlacedClip[] round in plan.Clips.Chunk(Clips.Length).Where(static r => r.Length == Clips.Length))
        {
            Assert.Equal(Enumerable.Range(0, Clips.Length), round.Select(static p => p.Clip).Order());
        }

        Assert.True(plan.Clips.Count > 100, $"{plan.Clips.Count} clips");
        Assert.All(plan.Clips.Zip(plan.Clips.Skip(1)), static pair => Assert.InRange(pair.Second.Start - pair.First.Start - ClipSamples, 1 * Rate, 3 * Rate));
        Assert.True(plan.Clips[^1].Start + ClipSamples <= plan.Samples);
        Assert.All(plan.Noise, static n => Assert.InRange(n.Gain, 0, 0.5));
        Assert.True(plan.Noise.Select(static n => n.Recording).Distinct().Count() > 1);
    }

    [Fact]
    public void Each_sample_is_the_clip_there_and_the_background_whatever_the_parts_it_is_read_in()
    {
        StreamPlan plan = Draw(seed: 7);
        float[] expected = Plain(plan);
        float[] whole = new float[plan.Samples + 50];
        Sound(plan).Read(0, whole);
        Assert.Equal(expected, whole[..^50]);
        Assert.All(whole[^50..], static s => Assert.Equal(0, s));

        StableRandom random = StableRandom.For(1, "parts");
        ComposedStream sound = Sound(plan);
        for (int i = 0; i < 500; i++)
        {
            int from = random.NextInt((int)plan.Samples - 250);
            float[] part = new float[1 + random.NextInt(250)];
            sound.Read(from, part);
            Assert.Equal(expected[from..(from + part.Length)], part);
        }
    }

    [Fact]
    public void Without_background_recordings_there_is_silence_between_the_clips()
    {
        StreamPlan plan = StreamPlan.Draw(Clips.Length, ClipSamples, 0, 0.5, Rate, 10_000, 1);
        float[] before = new float[plan.Clips[0].Start];
        Sound(plan).Read(0, before);
        Assert.All(before, static s => Assert.Equal(0, s));
    }

    private static StreamPlan Draw(ulong seed) => StreamPlan.Draw(Clips.Length, ClipSamples, Noise.Length, 0.5, Rate, 60_000, seed);

    private static ComposedStream Sound(StreamPlan plan) => new(plan, Rate, static i => Clips[i], Noise);

    private static float[] Plain(StreamPlan plan)
    {
        float[] samples = new float[plan.Samples];
        for (int at = 0; at < samples.Length; at++)
        {
            if (plan.Noise.LastOrDefault(n => n.Start <= at) is { } noise)
            {
                float[] recording = Noise[noise.Recording];
                samples[at] += noise.Gain * recording[(at - noise.Start) % recording.Length];
            }

            if (plan.Clips.LastOrDefault(c => c.Start <= at) is { } placed && at - placed.Start < Clips[placed.Clip].Length)
            {
                samples[at] += Clips[placed.Clip][at - placed.Start];
            }

            samples[at] = Math.Clamp(samples[at], -1, 1);
        }

        return samples;
    }
}
