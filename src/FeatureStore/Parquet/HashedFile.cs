using System.Security.Cryptography;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// A stream that is written a piece at a time and hashed on the way. While a piece is gathered in memory, the one before goes through SHA-256 on
/// another thread, which is what bounds the writing. Leaves the stream open.
/// </summary>
/// <param name="stream">Where it goes.</param>
/// <param name="pieceBytes">What a piece usually has, so that its memory need not grow.</param>
internal sealed class HashedFile(Stream stream, int pieceBytes) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private MemoryStream _other = new(pieceBytes);
    private Task _hashing = Task.CompletedTask;

    /// <summary>What the piece has so far.</summary>
    public MemoryStream Piece { get; private set; } = new(pieceBytes);

    /// <summary>Where in the file the piece begins.</summary>
    public long PieceStart { get; private set; }

    /// <summary>Where in the file the next byte goes.</summary>
    public long Position => PieceStart + Piece.Position;

    /// <summary>Ends the piece and begins the next.</summary>
    public void EndPiece()
    {
        _hashing.GetAwaiter().GetResult();
        ReadOnlyMemory<byte> bytes = Piece.GetBuffer().AsMemory(0, (int)Piece.Length);
        _hashing = Task.Run(() => _hash.AppendData(bytes.Span));
        stream.Write(bytes.Span);
        PieceStart += bytes.Length;
        (Piece, _other) = (_other, Piece);
        Piece.SetLength(0);
    }

    /// <summary>Ends the last piece; gives the file's size and the hash of its bytes. What was reserved beyond it is given back.</summary>
    public (long Bytes, string Sha256) Complete()
    {
        EndPiece();
        _hashing.GetAwaiter().GetResult();
        if (stream.CanSeek && stream.Length > Position)
        {
            stream.SetLength(Position);
        }

        stream.Flush();
        return (Position, Convert.ToHexStringLower(_hash.GetCurrentHash()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Where writing failed, the hash still reads its piece.
        _hashing.ContinueWith(static _ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
        _hash.Dispose();
        Piece.Dispose();
        _other.Dispose();
    }
}
