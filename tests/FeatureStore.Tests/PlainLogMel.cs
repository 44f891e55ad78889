namespace Pipeline.FeatureStore.Tests;

/// <summary>Front ends 1.A and 1.F in the plainest way, in double precision: the reference that the vectorised one is held against.</summary>
internal static class PlainLogMel
{
    public static double[] Compute(float[] samples, double maxHz, bool centred)
    {
        const int window = 480, hop = 160, fft = 512, bands = 40, rate = 16_000;
        int frames = centred ? 1 + (samples.Length / hop) : 1 + ((samples.Length - window) / hop);
        var features = new double[bands * frames];
        double maxMel = 2595 * Math.Log10(1 + (maxHz / 700));
        double[] hz = [.. Enumerable.Range(0, bands + 2).Select(i => 700 * (Math.Pow(10, maxMel * i / (bands + 1) / 2595) - 1))];
        for (int frame = 0; frame < frames; frame++)
        {
            var x = new double[window];
            for (int n = 0; n < window; n++)
            {
                int at = (frame * hop) + n - (centred ? window / 2 : 0);
                at = at < 0 ? -at : at >= samples.Length ? (2 * (samples.Length - 1)) - at : at;
                x[n] = samples[at] * (0.5 - (0.5 * Math.Cos(2 * Math.PI * n / window)));
            }

            var power = new double[(fft / 2) + 1];
            for (int k = 0; k < power.Length; k++)
            {
                (double re, double im) = (0, 0);
                for (int n = 0; n < window; n++)
                {
                    double angle = 2 * Math.PI * (k * n % fft) / fft;
                    re += x[n] * Math.Cos(angle);
                    im -= x[n] * Math.Sin(angle);
                }

                power[k] = (re * re) + (im * im);
            }

            for (int band = 0; band < bands; band++)
            {
                double energy = 0;
                for (int k = 0; k < power.Length; k++)
                {
                    double f = (double)k * rate / fft;
                    double rise = (f - hz[band]) / (hz[band + 1] - hz[band]), fall = (hz[band + 2] - f) / (hz[band + 2] - hz[band + 1]);
                    energy += power[k] * Math.Max(0, Math.Min(rise, fall));
                }

                features[(band * frames) + frame] = Math.Log(energy + 1e-6);
            }
        }

        return features;
    }
}
