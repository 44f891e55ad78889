using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.Tests;

public sealed class ResamplerTests
{
    [Theory]
    [InlineData(22_050, 16_000, 100)]
    [InlineData(22_050, 16_000, 1_000)]
    [InlineData(22_050, 16_000, 7_300)]
    [InlineData(44_100, 16_000, 3_000)]
    [InlineData(48_000, 16_000, 7_000)]
    [InlineData(8_000, 16_000, 3_600)]
    [InlineData(16_000, 22_050, 7_000)]
    [InlineData(16_000, 11_025, 5_000)]
    public void A_tone_below_the_lower_rates_band_keeps_its_frequency_its_phase_and_its_level_to_a_thousandth_of_a_decibel(int from, int to, double hz)
    {
        float[] output = Resampler.Of(from, to).Apply(Tone(from, hz, from));
        Assert.Equal(to, output.Length);
        Assert.Equal(0, Decibels(Level(output, to, hz), 0.5), 0.001);

        // Whatever is not the tone: images, aliases and the rounding of floats.
        double worst = Middle(Tone(to, hz, to)).Zip(Middle(output), static (e, f) => Math.Abs((double)e - f)).Max();
        Assert.True(Decibels(worst, 0.5) < -95, $"off by {Decibels(worst, 0.5):f1} dB");
    }

    [Theory]
    [InlineData(22_050, 16_000, 8_100)]
    [InlineData(22_050, 16_000, 10_900)]
    [InlineData(44_100, 16_000, 8_050)]
    [InlineData(44_100, 16_000, 20_000)]
    [InlineData(48_000, 16_000, 15_000)]
    [InlineData(16_000, 8_000, 4_100)]
    public void A_tone_that_the_lower_rate_cannot_hold_is_100_decibels_down(int from, int to, double hz)
    {
        double worst = Middle(Resampler.Of(from, to).Apply(Tone(from, hz, from))).Max(Math.Abs);
        Assert.True(Decibels(worst, 0.5) < -100, $"{Decibels(worst, 0.5):f1} dB");
    }

    [Fact]
    public void There_and_back_again_speech_like_noise_below_the_band_is_the_same()
    {
        StableRandom random = new(1);
        (double Hz, double Phase)[] parts = [.. Enumerable.Range(0, 40).Select(_ => (random.NextDouble(50, 7_000), random.NextDouble(0, 6.28)))];
        float[] signal = [.. Enumerable.Range(0, 16_000).Select(n => (float)parts.Sum(p => 0.02 * Math.Sin((2 * Math.PI * p.Hz * n / 16_000) + p.Phase)))];
        float[] back = Resampler.Of(22_050, 16_000).Apply(Resampler.Of(16_000, 22_050).Apply(signal));
        Assert.Equal(signal.Length, back.Length);
        Assert.True(Middle(signal).Zip(Middle(back), static (a, b) => Math.Abs(a - b)).Max() < 2e-5);
    }

    [Fact]
    public void A_constant_stays_and_silence_stays_silent()
    {
        Assert.All(Middle(Resampler.Of(44_100, 16_000).Apply(Enumerable.Repeat(0.25f, 44_100).ToArray())), static x => Assert.Equal(0.25f, x, 1e-7f));
        Assert.All(Resampler.Of(44_100, 16_000).Apply(new float[441]), static x => Assert.Equal(0f, x));
    }

    [Theory]
    [InlineData(33_075, 24_000)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(441, 320)]
    [InlineData(442, 321)]
    public void As_many_samples_come_out_as_begin_before_the_end(int samples, int expected) =>
        Assert.Equal(expected, Resampler.Of(22_050, 16_000).Apply(new float[samples]).Length);

    [Fact]
    public void Rates_that_need_too_many_weights_are_refused()
    {
        BadInputException e = Assert.Throws<BadInputException>(() => Resampler.Of(191_999, 190_000));
        Assert.Contains("191999 to 190000 Hz", e.Message, StringComparison.Ordinal);
    }

    private static float[] Tone(int rate, double hz, int samples) => [.. Enumerable.Range(0, samples).Select(n => (float)(0.5 * Math.Sin(2 * Math.PI * hz * n / rate)))];

    // The ends hear the silence around the recording.
    private static float[] Middle(float[] samples) => samples[(samples.Length / 8)..^(samples.Length / 8)];

    private static double Level(float[] samples, int rate, double hz)
    {
        // A Hann window over the middle: neighbouring frequencies do not leak in.
        float[] middle = Middle(samples);
        (double re, double im, double weight) = (0, 0, 0);
        for (int n = 0; n < middle.Length; n++)
        {
            double window = 0.5 - (0.5 * Math.Cos(2 * Math.PI * (n + 0.5) / middle.Length)), angle = 2 * Math.PI * hz * n / rate;
            re += window * middle[n] * Math.Cos(angle);
            im += window * middle[n] * Math.Sin(angle);
            weight += window;
        }

        return 2 * Math.Sqrt((re * re) + (im * im)) / weight;
    }

    private static double Decibels(double found, double reference) => 20 * Math.Log10(Math.Max(found, 1e-12) / reference);
}
