using System.Numerics;
using Pipeline.Contracts;
using Pipeline.Models.Quantization;

namespace Pipeline.Models.Tests;

/// <summary>Rescaling against arithmetic without limits.</summary>
public sealed class FixedPointMultiplierTests
{
    private const int Draws = 20_000;

    [Fact]
    public void Rescaling_is_the_exact_product_rounded_once_half_up()
    {
        var random = StableRandom.For(1, "rescale");
        for (int i = 0; i < Draws; i++)
        {
            FixedPointMultiplier multiplier = FixedPointMultiplier.From(RandomFactor(random));
            int x = (int)random.NextUInt64() >> random.NextInt(32);
            BigInteger doubled = ((BigInteger)x * multiplier.Mantissa * 2) + BigInteger.Pow(2, multiplier.Shift);
            BigInteger expected = FloorDivide(doubled, BigInteger.Pow(2, multiplier.Shift + 1));
            Assert.Equal(expected, multiplier.Apply(x));
        }
    }

    [Fact]
    public void The_factor_is_the_nearest_one_with_31_bits()
    {
        var random = StableRandom.For(2, "nearest");
        for (int i = 0; i < Draws; i++)
        {
            double value = RandomFactor(random);
            FixedPointMultiplier multiplier = FixedPointMultiplier.From(value);
            Assert.InRange(Math.Abs((long)multiplier.Mantissa), 1L << 30, (1L << 31) - 1);
            Assert.InRange(multiplier.Shift, 1, 62);
            Assert.True(Math.Abs(multiplier.Value - value) <= Math.Abs(value) * Math.ScaleB(1, -31), $"{value:R} became {multiplier.Value:R}");
        }
    }

    [Theory]
    [InlineData(0.5, 1, 1)]
    [InlineData(0.5, -1, 0)]
    [InlineData(0.5, -3, -1)]
    [InlineData(-0.5, 1, 0)]
    [InlineData(0.25, 6, 2)]
    [InlineData(0.0, 12345, 0)]
    [InlineData(1.0, int.MinValue, int.MinValue)]
    public void Halves_round_up(double factor, int x, long expected) => Assert.Equal(expected, FixedPointMultiplier.From(factor).Apply(x));

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e10)]
    public void A_factor_out_of_range_is_refused(double factor) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => FixedPointMultiplier.From(factor));

    /// <summary>From 2^-31 to 2^10, either sign.</summary>
    private static double RandomFactor(StableRandom random) =>
        Math.ScaleB(random.NextDouble(1, 2), random.NextInt(41) - 31) * (random.NextInt(2) == 0 ? 1 : -1);

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger remainder);
        return remainder.Sign < 0 ? quotient - 1 : quotient;
    }
}
