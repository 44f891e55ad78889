using System.Runtime.Intrinsics;

namespace Pipeline.FeatureStore.FrontEnds;

/// <summary>
/// The natural logarithm of positive normal floats in plain single-precision multiplications, additions and one division, so that every machine
/// (and the C code on a microcontroller, which repeats these steps in this order) gives the same bits. Absolute error below 1.2e-6 for
/// |ln x| up to 16, relative error below 3e-7 elsewhere.
/// </summary>
/// <remarks>
/// x = 2^e m with m in [sqrt(1/2), sqrt(2)); with s = (m - 1) / (m + 1), ln m = 2 atanh s = s (2 + 2/3 s² + 2/5 s⁴ + 2/7 s⁶ + 2/9 s⁸), whose
/// first term left out is below 7e-10. ln 2 is split into 355/512, whose products with e are exact, and the rest.
/// </remarks>
internal static class NaturalLog
{
    private const int BitsOfRootHalf = 0x3F3504F3;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    public static Vector256<float> Of(Vector256<float> x)
    {
        Vector256<int> bits = x.AsInt32();
        Vector256<int> exponent = Vector256.ShiftRightArithmetic(bits - Vector256.Create(BitsOfRootHalf), 23);
        Vector256<float> m = (bits - Vector256.ShiftLeft(exponent, 23)).AsSingle();
        Vector256<float> e = Vector256.ConvertToSingle(exponent);
        Vector256<float> t = m - Vector256<float>.One;
        Vector256<float> s = t / (t + Vector256.Create(2f));
        Vector256<float> z = s * s;
        Vector256<float> series = Vector256.Create(2f / 9f);
        series = (series * z) + Vector256.Create(2f / 7f);
        series = (series * z) + Vector256.Create(2f / 5f);
        series = (series * z) + Vector256.Create(2f / 3f);
        series = (series * z) + Vector256.Create(2f);
        return (e * Vector256.Create(Ln2High)) + ((e * Vector256.Create(Ln2Low)) + (s * series));
    }
}
