using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// CRC-32 by carry-less multiplications of 512 bits, four times as fast as those of 128 bits. Bytes that were read are folded onto those that follow
/// (Gopal and others, "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009): a(x) x^d is congruent to
/// high(a) (x^(d+64) mod P) + low(a) (x^d mod P).
/// </summary>
internal static class WideCrc32
{
    /// <summary>The fewest bytes that it takes.</summary>
    public const int LeastBytes = 256;

    /// <summary>The polynomial of RFC 1952, its lowest power in the highest bit.</summary>
    private const uint Polynomial = 0xEDB88320;

    private static readonly Vector512<ulong> s_by2048 = Wide(Distance(2048)), s_by512 = Wide(Distance(512));
    private static readonly Vector128<ulong> s_by128 = Distance(128), s_by64 = Vector128.CreateScalar(Power(64));

    // The polynomial and floor(x^64 / P), both in the order of bits that a carry-less product of reflected numbers wants.
    private static readonly Vector128<ulong> s_polynomial = Vector128.CreateScalar(((ulong)Polynomial << 1) | 1), s_quotient = Vector128.CreateScalar(Quotient());

    /// <summary>Whether this processor has the instructions.</summary>
    public static bool IsSupported => Pclmulqdq.V512.IsSupported;

    /// <summary>The CRC-32 of at least <see cref="LeastBytes"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector512<ulong>> wide = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes);
        Vector512<ulong> a = wide[0] ^ Vector512.CreateScalar((ulong)uint.MaxValue), b = wide[1], c = wide[2], d = wide[3];
        int i = 4;
        for (Vector512<ulong> by = s_by2048; i + 4 <= wide.Length; i += 4)
        {
            (a, b, c, d) = (Fold(a, by, wide[i]), Fold(b, by, wide[i + 1]), Fold(c, by, wide[i + 2]), Fold(d, by, wide[i + 3]));
        }

        a = Fold(Fold(Fold(a, s_by512, b), s_by512, c), s_by512, d);
        for (; i < wide.Length; i++)
        {
            a = Fold(a, s_by512, wide[i]);
        }

        (Vector256<ulong> low, Vector256<ulong> high) = (a.GetLower(), a.GetUpper());
        Vector128<ulong> x = Fold(Fold(Fold(low.GetLower(), s_by128, low.GetUpper()), s_by128, high.GetLower()), s_by128, high.GetUpper());
        ReadOnlySpan<byte> rest = bytes[(wide.Length * Vector512<byte>.Count)..];
        for (; rest.Length >= Vector128<byte>.Count; rest = rest[Vector128<byte>.Count..])
        {
            x = Fold(x, s_by128, Vector128.Create(rest).AsUInt64());
        }

        return ~Remainder(Reduce(x), rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Fold(Vector512<ulong> x, Vector512<ulong> by, Vector512<ulong> next) =>
        Pclmulqdq.V512.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(x, by, 0x11) ^ next;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> x, Vector128<ulong> by, Vector128<ulong> next) =>
        Pclmulqdq.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(x, by, 0x11) ^ next;

    /// <summary>128 bits to their remainder of 32: to 96, to 64, and the rest by Barrett's way.</summary>
    private static uint Reduce(Vector128<ulong> x)
    {
        Vector128<ulong> low = Vector128.CreateScalar((ulong)uint.MaxValue);
        x = Pclmulqdq.CarrylessMultiply(x, s_by128, 0x10) ^ Sse2.ShiftRightLogical128BitLane(x, 8);
        x = Pclmulqdq.CarrylessMultiply(x & low, s_by64, 0x00) ^ Sse2.ShiftRightLogical128BitLane(x, 4);
        Vector128<ulong> times = Pclmulqdq.CarrylessMultiply(x & low, s_quotient, 0x00) & low;
        return (x ^ Pclmulqdq.CarrylessMultiply(times, s_polynomial, 0x00)).AsUInt32().GetElement(1);
    }

    /// <summary>The remainder after some bytes more, bit by bit.</summary>
    private static uint Remainder(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            crc = Times(crc ^ b, 8);
        }

        return crc;
    }

    /// <summary>A remainder times x^n.</summary>
    private static uint Times(uint crc, int n)
    {
        for (; n > 0; n--)
        {
            crc = (crc >> 1) ^ (Polynomial & (0u - (crc & 1)));
        }

        return crc;
    }

    /// <summary>x^n mod P. A product of two reflected numbers lies one bit lower than it should, and this makes up for it.</summary>
    private static ulong Power(int n) => (ulong)Times(0x8000_0000, n) << 1;

    private static Vector128<ulong> Distance(int bits) => Vector128.Create(Power(bits + 32), Power(bits - 32));

    private static Vector512<ulong> Wide(Vector128<ulong> lane) => Vector512.Create(Vector256.Create(lane, lane), Vector256.Create(lane, lane));

    private static ulong Quotient()
    {
        // Long division of x^64 by P, with the highest power first; then its 33 bits the other way round.
        const ulong P = 0x1_04C1_1DB7;
        (ulong quotient, ulong rest) = (0, 1);
        for (int i = 0; i < 64; i++)
        {
            rest <<= 1;
            quotient <<= 1;
            if ((rest >> 32) != 0)
            {
                rest ^= P;
                quotient |= 1;
            }
        }

        ulong reversed = 0;
        for (int bit = 0; bit <= 32; bit++)
        {
            reversed |= ((quotient >> bit) & 1) << (32 - bit);
        }

        return reversed;
    }
}
