namespace Pipeline.FeatureStore.Audio;

/// <summary>One recording, mono.</summary>
/// <param name="Samples">Samples in [-1, 1].</param>
/// <param name="SampleRate">Samples a second.</param>
public sealed record AudioClip(float[] Samples, int SampleRate)
{
    /// <summary>The first <paramref name="count"/> samples, zeros after the end of a shorter clip (models.md 3.1).</summary>
    public float[] FitTo(int count)
    {
        var fitted = new float[count];
        Samples.AsSpan(0, Math.Min(count, Samples.Length)).CopyTo(fitted);
        return fitted;
    }
}
