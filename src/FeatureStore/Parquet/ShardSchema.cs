namespace Pipeline.FeatureStore.Parquet;

/// <summary>What stands beside a row's tensor.</summary>
/// <param name="Clip">The clip's id.</param>
/// <param name="Label">Index of its class; -1 for background recordings.</param>
/// <param name="Word">What is said.</param>
/// <param name="Speaker">Who says it; empty where unknown.</param>
/// <param name="Split">The split, as its camelCase name.</param>
/// <param name="Copy">Copy of an augmented clip, or piece of a background recording.</param>
/// <param name="Length">Samples (or frames) that are sound and not padding.</param>
internal readonly record struct ShardRow(string Clip, int Label, string Word, string Speaker, string Split, int Copy, int Length);

/// <summary>The physical types of Parquet, of which shards use three.</summary>
internal enum ParquetType
{
    Boolean = 0,
    Int32 = 1,
    Int64 = 2,
    Int96 = 3,
    Float = 4,
    Double = 5,
    ByteArray = 6,
    FixedLenByteArray = 7,
}

/// <summary>The compressions of Parquet, of which shards use none.</summary>
internal enum ParquetCodec
{
    Uncompressed = 0,
    Snappy = 1,
    Gzip = 2,
    Lzo = 3,
    Brotli = 4,
    Lz4 = 5,
    Zstd = 6,
    Lz4Raw = 7,
}

/// <summary>A column of labels: numbers, or texts.</summary>
internal sealed record LabelColumn(string Name, Func<ShardRow, int>? Number, Func<ShardRow, string>? Text)
{
    public ParquetType Type => Text is null ? ParquetType.Int32 : ParquetType.ByteArray;
}

/// <summary>The columns of a shard: the tensor, then the labels. All are required.</summary>
internal static class ShardSchema
{
    public const string Tensor = "tensor";

    /// <summary>Constant, so that a shard's bytes do not depend on who wrote it.</summary>
    public const string CreatedBy = "pipeline shard format 2";

    /// <summary>The key of the footer under which each row group's <see cref="ShardFile.HashOf"/> stands, comma-separated.</summary>
    public const string TensorHashes = "tensorHashes";

    public static IReadOnlyList<LabelColumn> Labels { get; } =
    [
        new("clip", null, static row => row.Clip),
        new("label", static row => row.Label, null),
        new("word", null, static row => row.Word),
        new("speaker", null, static row => row.Speaker),
        new("split", null, static row => row.Split),
        new("copy", static row => row.Copy, null),
        new("length", static row => row.Length, null),
    ];
}

/// <summary>The encodings of Parquet, of which shards use three.</summary>
internal enum ParquetEncoding
{
    Unknown = -1,
    Plain = 0,
    PlainDictionary = 2,
    Rle = 3,
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>A column chunk as the footer tells it.</summary>
internal sealed record ColumnChunk(
    string Name, ParquetType Type, ParquetCodec Codec, long Values, long DataPageOffset, long? DictionaryPageOffset, long TotalBytes, ParquetEncoding[] Encodings, byte[]? Min, byte[]? Max);

/// <summary>A row group as the footer tells it.</summary>
internal sealed record RowGroup(long Rows, IReadOnlyList<ColumnChunk> Columns)
{
    /// <summary>Where in the file the tensors begin.</summary>
    public long TensorStart => Columns[0].DataPageOffset;

    /// <summary>Where in the file the tensors end and the labels begin.</summary>
    public long TensorEnd => TensorStart + Columns[0].TotalBytes;
}
