namespace Pipeline.Models.Reference;

/// <summary>A normalisation with fixed statistics as what it then is: y = scale · x + shift for each channel (or channel and sub-band).</summary>
internal static class NormAffine
{
    /// <summary>scale = gain / √(variance + ε), shift = bias - mean · scale (Ioffe and Szegedy 2015, algorithm 2), computed in float64.</summary>
    public static (float[] Scale, float[] Shift) Of(float[] gain, float[] bias, float[] mean, float[] variance, float epsilon)
    {
        var scale = new float[gain.Length];
        var shift = new float[gain.Length];
        for (int c = 0; c < gain.Length; c++)
        {
            double factor = gain[c] / Math.Sqrt((double)variance[c] + epsilon);
            scale[c] = (float)factor;
            shift[c] = (float)(bias[c] - (mean[c] * factor));
        }

        return (scale, shift);
    }
}
