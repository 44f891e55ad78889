using System.Text;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>Texts as their distinct values, in UTF-8 one behind the other, and which of them each row has. A text is made anew each time that it is asked for.</summary>
internal sealed class TextColumn
{
    private readonly byte[] _bytes;
    private readonly NumberColumn _ends, _codes;

    /// <summary>Takes the distinct values and each row's place among them.</summary>
    public TextColumn(IReadOnlyCollection<string> distinct, ReadOnlySpan<int> codes)
    {
        Distinct = distinct.Count;
        _bytes = new byte[distinct.Sum(Encoding.UTF8.GetByteCount)];
        int[] ends = new int[distinct.Count];
        int end = 0, code = 0;
        foreach (string value in distinct)
        {
            ends[code++] = end += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(end));
        }

        (_ends, _codes) = (new(ends), new(codes));
    }

    /// <summary>How many distinct values there are.</summary>
    public int Distinct { get; }

    public string this[int row] => ValueOf(CodeOf(row));

    /// <summary>Which of the distinct values a row has.</summary>
    public int CodeOf(int row) => _codes[row];

    /// <summary>A distinct value.</summary>
    public string ValueOf(int code)
    {
        int start = code == 0 ? 0 : _ends[code - 1];
        return Encoding.UTF8.GetString(_bytes, start, _ends[code] - start);
    }
}
