namespace Pipeline.FeatureStore.Parquet;

/// <summary>Numbers in as few bytes each as their range takes: none where all are one, else one, two or four.</summary>
internal sealed class NumberColumn
{
    private readonly uint _least;
    private readonly byte[]? _bytes;
    private readonly ushort[]? _shorts;
    private readonly uint[]? _wide;

    public NumberColumn(ReadOnlySpan<int> values)
    {
        int least = values.Length == 0 ? 0 : values[0], greatest = least;
        foreach (int value in values)
        {
            (least, greatest) = (Math.Min(least, value), Math.Max(greatest, value));
        }

        _least = (uint)least;
        switch ((uint)greatest - _least)
        {
            case 0:
                break;
            case <= byte.MaxValue:
                _bytes = new byte[values.Length];
                break;
            case <= ushort.MaxValue:
                _shorts = new ushort[values.Length];
                break;
            default:
                _wide = new uint[values.Length];
                break;
        }

        for (int row = 0; row < values.Length; row++)
        {
            Set(row, (uint)values[row] - _least);
        }
    }

    public int this[int row] => (int)(_least + (_bytes?[row] ?? _shorts?[row] ?? _wide?[row] ?? 0));

    private void Set(int row, uint above)
    {
        if (_bytes is not null)
        {
            _bytes[row] = (byte)above;
        }
        else if (_shorts is not null)
        {
            _shorts[row] = (ushort)above;
        }
        else if (_wide is not null)
        {
            _wide[row] = above;
        }
    }
}
