namespace Pipeline.FeatureStore.Tests;

/// <summary>
/// Front ends 1.B to 1.E of models.md in the plainest way: the definition of the transform, in double precision, one formula a step, nothing shared
/// with the code that is held against it.
/// </summary>
internal static class PlainSpectra
{
    /// <summary>1.B up to the energies: [128][frames] of Slaney's mel bands of centred frames of 2048 samples every 512.</summary>
    public static double[][] LibrosaMel(float[] samples, int rate, bool reflected)
    {
        int frames = 1 + (samples.Length / 512);
        double[][] power = [.. Enumerable.Range(0, frames).Select(k => Power(2048, 2048, n => At(samples, (k * 512) + n - 1024, reflected)))];
        double top = 15 + (27 * Math.Log(rate / 2000.0) / Math.Log(6.4));
        double[] hz = [.. Enumerable.Range(0, 130).Select(i => top * i / 129).Select(m => m < 15 ? 200 * m / 3 : 1000 * Math.Pow(6.4, (m - 15) / 27))];
        return Mel(power, 128, k => (double)k * rate / 2048, hz, band => 2 / (hz[band + 2] - hz[band]));
    }

    /// <summary>10 log10 of energies, no lower than 80 below the highest.</summary>
    public static double[][] Decibels(double[][] mel)
    {
        double[][] db = [.. mel.Select(static row => row.Select(static e => 10 * Math.Log10(Math.Max(1e-10, e))).ToArray())];
        double top = db.Max(static row => row.Max());
        return [.. db.Select(row => row.Select(v => Math.Max(v, top - 80)).ToArray())];
    }

    /// <summary>1.C to 1.E up to the energies: magnitudes in 40 triangles of the mel scale between 20 and 4,000 Hz, from a bin on.</summary>
    public static double[][] MagnitudeMel(double[] samples, int window, int hop, int fft, int firstBin)
    {
        int frames = 1 + ((samples.Length - window) / hop);
        double[][] magnitude = [.. Enumerable.Range(0, frames).Select(k => Power(window, fft, n => samples[(k * hop) + n]).Select(Math.Sqrt).ToArray())];
        double Scale(double f) => 1127 * Math.Log(1 + (f / 700));
        double[] points = [.. Enumerable.Range(0, 42).Select(i => Scale(20) + ((Scale(4000) - Scale(20)) * i / 41))];
        return Mel(magnitude, 40, k => k < firstBin ? double.NaN : Scale(k * 16_000.0 / fft), points, static _ => 1);
    }

    /// <summary>The cosine transform of type II along the bands: sqrt(2/bands) of every row, sqrt(1/bands) of the first where orthonormal.</summary>
    public static double[][] Cosines(double[][] bands, int count, bool orthonormal) =>
    [
        .. Enumerable.Range(0, count).Select(k => Enumerable.Range(0, bands[0].Length).Select(t =>
            Math.Sqrt((k == 0 && orthonormal ? 1.0 : 2.0) / bands.Length)
            * bands.Select((row, n) => row[t] * Math.Cos(Math.PI * k * ((2 * n) + 1) / (2.0 * bands.Length))).Sum()).ToArray()),
    ];

    /// <summary>The derivative of the polynomial that fits nine values best, by solving for it; at the ends of the first or last nine.</summary>
    public static double[] Difference(double[] row, int order)
    {
        var result = new double[row.Length];
        for (int t = 0; t < row.Length; t++)
        {
            int first = Math.Clamp(t - 4, 0, row.Length - 9);
            double[] fit = Fit([.. Enumerable.Range(0, 9).Select(i => ((double)(first + i - t), row[first + i]))], order);
            result[t] = order == 1 ? fit[1] : 2 * fit[2];
        }

        return result;
    }

    private static double At(float[] samples, int at, bool reflected)
    {
        int mirror = at < 0 ? -at : at >= samples.Length ? (2 * (samples.Length - 1)) - at : at;
        return mirror == at || reflected ? samples[mirror] : 0;
    }

    private static double[] Power(int window, int fft, Func<int, double> sample)
    {
        double[] x = [.. Enumerable.Range(0, window).Select(n => sample(n) * (0.5 - (0.5 * Math.Cos(2 * Math.PI * n / window))))];
        double[] cosines = [.. Enumerable.Range(0, fft).Select(i => Math.Cos(2 * Math.PI * i / fft))];
        var power = new double[(fft / 2) + 1];
        for (int k = 0; k < power.Length; k++)
        {
            (double re, double im) = (0, 0);
            for (int n = 0; n < window; n++)
            {
                int angle = k * n % fft;
                re += x[n] * cosines[angle];
                im += x[n] * cosines[(angle + (fft / 4)) % fft];
            }

            power[k] = (re * re) + (im * im);
        }

        return power;
    }

    private static double[][] Mel(double[][] spectra, int bands, Func<int, double> place, double[] points, Func<int, double> norm)
    {
        double[][] mel = [.. Enumerable.Range(0, bands).Select(_ => new double[spectra.Length])];
        for (int band = 0; band < bands; band++)
        {
            for (int k = 0; k < spectra[0].Length; k++)
            {
                double rise = (place(k) - points[band]) / (points[band + 1] - points[band]);
                double fall = (points[band + 2] - place(k)) / (points[band + 2] - points[band + 1]);
                double weight = double.IsNaN(rise) ? 0 : norm(band) * Math.Max(0, Math.Min(rise, fall));
                for (int t = 0; weight > 0 && t < spectra.Length; t++)
                {
                    mel[band][t] += weight * spectra[t][k];
                }
            }
        }

        return mel;
    }

    // The normal equations of a polynomial of degree 1 or 2, by elimination.
    private static double[] Fit((double X, double Y)[] points, int degree)
    {
        int size = degree + 1;
        double[][] rows = [.. Enumerable.Range(0, size).Select(i => Enumerable.Range(0, size).Select(j => points.Sum(p => Math.Pow(p.X, i + j)))
            .Append(points.Sum(p => p.Y * Math.Pow(p.X, i))).ToArray())];
        for (int pivot = 0; pivot < size; pivot++)
        {
            for (int row = 0; row < size; row++)
            {
                double factor = row == pivot ? 0 : rows[row][pivot] / rows[pivot][pivot];
                rows[row] = [.. rows[row].Select((v, c) => v - (factor * rows[pivot][c]))];
            }
        }

        return [.. rows.Select((row, i) => row[size] / row[i])];
    }
}
