namespace Pipeline.FeatureStore.Parquet;

/// <summary>Bytes that are read by their place: those of a file, or of a blob far away. Safe for any number of threads.</summary>
internal interface IByteSource
{
    /// <summary>What they are, for messages.</summary>
    string Name { get; }

    /// <summary>How many there are.</summary>
    long Length { get; }

    /// <summary>A copy of <paramref name="count"/> bytes from <paramref name="offset"/>, all of which must be there.</summary>
    ValueTask<byte[]> ReadAsync(long offset, int count, CancellationToken cancellationToken);
}
