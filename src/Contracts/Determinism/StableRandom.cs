namespace Pipeline.Contracts;

/// <summary>
/// The one random source of the project: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), whose numbers depend on the seed alone and are the
/// same on every machine and runtime. Never shared between threads; make one for each purpose with <see cref="For"/>.
/// </summary>
public sealed class StableRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>
    /// A source of its own for one purpose: a pure function of the seed, the purpose's name and up to three numbers (clip, copy, epoch …).
    /// </summary>
    public static StableRandom For(ulong seed, string purpose, long a = 0, long b = 0, long c = 0) => new(Derive(seed, purpose, a, b, c));

    /// <summary>A seed for one purpose, mixed from its arguments so that no two purposes share a stream.</summary>
    public static ulong Derive(ulong seed, string purpose, long a = 0, long b = 0, long c = 0)
    {
        ulong hash = Mix(seed + 0x9E3779B97F4A7C15UL);
        foreach (char ch in purpose)
        {
            hash = Mix(hash ^ ch) + 0x9E3779B97F4A7C15UL;
        }

        hash = Mix(hash ^ (ulong)a) + 0x9E3779B97F4A7C15UL;
        hash = Mix(hash ^ (ulong)b) + 0x9E3779B97F4A7C15UL;
        return Mix(hash ^ (ulong)c);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15UL;
        return Mix(_state);
    }

    /// <summary>A number in [0, 1), a multiple of 2^-53.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [low, high).</summary>
    public double NextDouble(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>A whole number in [0, count), every one equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ulong limit = ulong.MaxValue - (ulong.MaxValue % (ulong)count);
        ulong bits;
        do
        {
            bits = NextUInt64();
        }
        while (bits >= limit);
        return (int)(bits % (ulong)count);
    }

    /// <summary>A draw of the standard normal distribution (Box and Muller 1958, the cosine half).</summary>
    public double NextGaussian()
    {
        double radius = Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble()));
        return radius * Math.Cos(2.0 * Math.PI * NextDouble());
    }

    /// <summary>Shuffles in place (Fisher and Yates); every order equally likely.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
