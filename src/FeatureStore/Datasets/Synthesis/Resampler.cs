namespace Pipeline.FeatureStore.Datasets.Synthesis;

/// <summary>
/// Resamples 22,050 Hz to 16,000 Hz (320 samples for every 441) by a windowed sinc: Blackman window over 32 input samples either side,
/// cut off at 0.46 of the output rate, one row of weights for each of the 320 phases.
/// </summary>
internal static class Resampler
{
    public const int InputRate = 22_050, OutputRate = 16_000;
    private const int Up = 320, Down = 441, Reach = 32;
    private const double CutOff = 0.46 * OutputRate / InputRate;

    private static readonly float[][] Phases = [.. Enumerable.Range(0, Up).Select(Weights)];

    public static float[] Resample(ReadOnlySpan<float> input)
    {
        var output = new float[(int)((long)input.Length * Up / Down)];
        for (int n = 0; n < output.Length; n++)
        {
            long position = (long)n * Down;
            int centre = (int)(position / Up);
            float[] weights = Phases[(int)(position % Up)];
            float sum = 0;
            for (int k = 0; k < weights.Length; k++)
            {
                int at = centre - Reach + 1 + k;
                sum += at >= 0 && at < input.Length ? weights[k] * input[at] : 0;
            }

            output[n] = sum;
        }

        return output;
    }

    private static float[] Weights(int phase)
    {
        double[] weights = [.. Enumerable.Range(0, 2 * Reach).Select(k =>
        {
            double x = k - Reach + 1 - ((double)phase / Up);
            double sinc = x == 0 ? 1 : Math.Sin(2 * Math.PI * CutOff * x) / (2 * Math.PI * CutOff * x);
            double angle = Math.PI * x / Reach;
            return sinc * (0.42 + (0.5 * Math.Cos(angle)) + (0.08 * Math.Cos(2 * angle)));
        })];
        double sum = weights.Sum();
        return [.. weights.Select(weight => (float)(weight / sum))];
    }
}
