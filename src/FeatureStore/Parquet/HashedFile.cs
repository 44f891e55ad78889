using System.Security.Cryptography;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// A stream that is written a piece at a time and hashed on the way. Each piece is gathered in memory, then goes to the stream and through SHA-256
/// at once, on two threads: either takes about as long as the other. Leaves the stream open.
/// </summary>
internal sealed class HashedFile(Stream stream) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>What the piece has so far.</summary>
    public MemoryStream Piece { get; } = new();

    /// <summary>Where in the file the piece begins.</summary>
    public long PieceStart { get; private set; }

    /// <summary>Where in the file the next byte goes.</summary>
    public long Position => PieceStart + Piece.Position;

    /// <summary>Ends the piece and begins the next.</summary>
    public void EndPiece()
    {
        ReadOnlyMemory<byte> bytes = Piece.GetBuffer().AsMemory(0, (int)Piece.Length);
        Task hashed = Task.Run(() => _hash.AppendData(bytes.Span));
        try
        {
            stream.Write(bytes.Span);
        }
        finally
        {
            hashed.GetAwaiter().GetResult();
        }

        PieceStart += bytes.Length;
        Piece.SetLength(0);
    }

    /// <summary>Ends the last piece; gives the file's size and the hash of its bytes.</summary>
    public (long Bytes, string Sha256) Complete()
    {
        EndPiece();
        stream.Flush();
        return (Position, Convert.ToHexStringLower(_hash.GetCurrentHash()));
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
