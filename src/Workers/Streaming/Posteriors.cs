namespace Pipeline.Workers.Streaming;

/// <summary>The probabilities of the classes, window after window.</summary>
/// <param name="Classes">Number of classes.</param>
/// <param name="Values">[windows, classes], each row adding up to 1.</param>
/// <param name="WindowSeconds">The length of a window.</param>
/// <param name="HopSeconds">From one window's beginning to the next's.</param>
public sealed record Posteriors(int Classes, float[] Values, double WindowSeconds, double HopSeconds)
{
    /// <summary>Windows.</summary>
    public int Windows => Values.Length / Classes;

    /// <summary>The probabilities of a window.</summary>
    public ReadOnlySpan<float> Of(int window) => Values.AsSpan(window * Classes, Classes);

    /// <summary>Seconds into the stream at which a window ends.</summary>
    public double EndOf(int window) => (window * HopSeconds) + WindowSeconds;

    /// <summary>Each window's probabilities averaged with those of the windows before it, of fewer at the stream's beginning.</summary>
    /// <param name="windows">Windows averaged, the window itself included; below 2 nothing changes.</param>
    public Posteriors Smoothed(int windows)
    {
        float[] smoothed = new float[Values.Length];
        for (int window = 0; window < Windows; window++)
        {
            int first = Math.Max(0, window - Math.Max(1, windows) + 1);
            for (int c = 0; c < Classes; c++)
            {
                // Added up anew each time: a running sum would drift over the hours, and windows are few.
                double sum = 0;
                for (int w = first; w <= window; w++)
                {
                    sum += Values[(w * Classes) + c];
                }

                smoothed[(window * Classes) + c] = (float)(sum / (window - first + 1));
            }
        }

        return this with { Values = smoothed };
    }
}
