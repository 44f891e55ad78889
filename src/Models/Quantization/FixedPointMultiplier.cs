namespace Pipeline.Models.Quantization;

/// <summary>
/// A real factor as mantissa · 2^-shift, the mantissa in ±[2^30, 2^31), or 0. Rescaling rounds once, half up: (x · mantissa + 2^(shift-1)) >> shift
/// in 64 bits, as XNNPACK and ruy do; docs/formats/integer-arithmetic.md.
/// </summary>
/// <param name="Mantissa">The factor's first 31 bits, signed.</param>
/// <param name="Shift">Bits shifted out, 1 to 62.</param>
public readonly record struct FixedPointMultiplier(int Mantissa, int Shift)
{
    // The rounding constant is 2^(shift-1) and the product below 2^62, so that their sum stays below 2^63.
    private const int MaxShift = 62;

    /// <summary>The nearest such factor, half away from zero; 0 where the value is below 2^-32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not finite, or 2^29 or more.</exception>
    public static FixedPointMultiplier From(double value)
    {
        if (!double.IsFinite(value) || Math.Abs(value) >= 1 << 29)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "Expected a finite factor below 2^29.");
        }

        if (value == 0)
        {
            return new(0, MaxShift);
        }

        int exponent = Math.ILogB(value) + 1;
        long mantissa = (long)Math.Round(Math.ScaleB(value, 31 - exponent), MidpointRounding.AwayFromZero);
        if (Math.Abs(mantissa) == 1L << 31)
        {
            mantissa /= 2;
            exponent++;
        }

        int shift = 31 - exponent;
        return shift > MaxShift ? new(0, MaxShift) : new((int)mantissa, shift);
    }

    /// <summary>The factor as a real number.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Value => Math.ScaleB(Mantissa, -Shift);

    /// <summary>The product, rounded once, half up.</summary>
    public long Apply(int x) => (((long)x * Mantissa) + (1L << (Shift - 1))) >> Shift;
}
