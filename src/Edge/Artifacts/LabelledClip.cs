namespace Pipeline.Edge.Artifacts;

/// <summary>One second of sound and what it is.</summary>
/// <param name="Name">What to call it in errors, for example its file.</param>
/// <param name="Label">The index of its class.</param>
/// <param name="Samples">16-bit PCM at 16 kHz, <see cref="CodeGen.CodeGenerator.Samples"/> samples.</param>
public sealed record LabelledClip(string Name, int Label, short[] Samples)
{
    /// <summary>A clip from samples in [-1, 1]: rounded to 16 bits, zeros after the end of a shorter one, cut where longer.</summary>
    public static LabelledClip From(string name, int label, ReadOnlySpan<float> samples)
    {
        var pcm = new short[CodeGen.CodeGenerator.Samples];
        for (int i = 0; i < Math.Min(samples.Length, pcm.Length); i++)
        {
            pcm[i] = (short)Math.Clamp(MathF.Round(samples[i] * 32768f), short.MinValue, short.MaxValue);
        }

        return new(name, label, pcm);
    }
}
