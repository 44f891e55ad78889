namespace Pipeline.FeatureStore.Audio;

/// <summary>Samples of 16 bits, as recordings and audio shards hold them: x/32768.</summary>
internal static class Pcm16
{
    private const float Scale = 32768f;

    public static short FromFloat(float sample) => (short)Math.Clamp(MathF.Round(sample * Scale), short.MinValue, short.MaxValue);

    public static float ToFloat(short sample) => sample / Scale;
}
