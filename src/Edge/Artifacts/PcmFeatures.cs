using Pipeline.Edge.CodeGen;
using Pipeline.FeatureStore.FrontEnds;

namespace Pipeline.Edge.Artifacts;

/// <summary>Features of 16-bit sound through the feature store's front end.</summary>
internal static class PcmFeatures
{
    /// <summary>[bands, frames] of one second.</summary>
    public static float[] Of(IFrontEnd frontEnd, ReadOnlySpan<short> pcm)
    {
        var samples = new float[CodeGenerator.Samples];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = pcm[i] / 32768f;
        }

        var features = new float[frontEnd.Bands * frontEnd.FramesFor(samples.Length)];
        frontEnd.Compute(samples, features);
        return features;
    }
}
