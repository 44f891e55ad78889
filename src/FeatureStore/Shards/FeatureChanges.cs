using Pipeline.FeatureStore.Augmentation;

namespace Pipeline.FeatureStore.Shards;

/// <summary>
/// What rolls and masks do to rows, for whoever holds the rows themselves: where each band and frame of a row comes from. One past the last stands for zeros.
/// </summary>
public sealed class FeatureChanges
{
    private readonly int _bands;
    private readonly int _frames;

    internal FeatureChanges(int rows, int bands, int frames)
    {
        (_bands, _frames) = (bands, frames);
        (Bands, Frames) = (Unchanged(rows, bands), Unchanged(rows, frames));
    }

    /// <summary>The band of the row that each of its bands comes from [rows, bands], or the number of bands for zeros.</summary>
    public long[] Bands { get; }

    /// <summary>The frame of the row that each of its frames comes from [rows, frames], or the number of frames for zeros.</summary>
    public long[] Frames { get; }

    internal FeatureSources Of(int row) => new(Bands.AsSpan(row * _bands, _bands), Frames.AsSpan(row * _frames, _frames));

    private static long[] Unchanged(int rows, int length)
    {
        long[] all = new long[rows * length];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = i < length ? i : all[i - length];
        }

        return all;
    }
}
