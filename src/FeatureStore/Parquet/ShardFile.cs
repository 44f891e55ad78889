using System.IO.Hashing;
using System.Security.Cryptography;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// A stream that is written a piece at a time. While a piece is gathered in memory, the one before is hashed and written on another thread. Tensors
/// are hashed by XXH128; those hashes stand in the footer, and SHA-256 goes over the footer and all else that is no tensor. Leaves the stream open.
/// </summary>
/// <param name="stream">Where it goes.</param>
/// <param name="pieceBytes">What a piece usually has, so that its memory need not grow.</param>
internal sealed class ShardFile(Stream stream, int pieceBytes) : IDisposable
{
    private readonly IncrementalHash _index = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<string> _tensorHashes = [];
    private MemoryStream _other = new(pieceBytes);
    private Task _writing = Task.CompletedTask;

    /// <summary>What the piece has so far.</summary>
    public MemoryStream Piece { get; private set; } = new(pieceBytes);

    /// <summary>Where in the file the piece begins.</summary>
    public long PieceStart { get; private set; }

    /// <summary>Where in the file the next byte goes.</summary>
    public long Position => PieceStart + Piece.Position;

    /// <summary>The hash of a row group's tensors with the headers of their pages.</summary>
    public static string HashOf(ReadOnlySpan<byte> tensors) => Convert.ToHexStringLower(XxHash128.Hash(tensors));

    /// <summary>Ends the piece, which holds a row group whose tensors lie in this range of it, and begins the next.</summary>
    public void EndGroup(Range tensors) => EndPiece(bytes =>
    {
        _tensorHashes.Add(HashOf(bytes[tensors].Span));
        _index.AppendData(bytes[tensors.End..].Span);
    });

    /// <summary>Waits for the pieces so far; gives the hash of each row group's tensors.</summary>
    public IReadOnlyList<string> TensorHashes()
    {
        _writing.GetAwaiter().GetResult();
        return _tensorHashes;
    }

    /// <summary>Ends the last piece, the footer; gives the file's size and the hash. What was reserved beyond it is given back.</summary>
    public (long Bytes, string Sha256) Complete()
    {
        EndPiece(bytes => _index.AppendData(bytes.Span));
        _writing.GetAwaiter().GetResult();
        if (stream.CanSeek && stream.Length > Position)
        {
            stream.SetLength(Position);
        }

        stream.Flush();
        return (Position, Convert.ToHexStringLower(_index.GetCurrentHash()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Where writing failed, the other thread still reads its piece.
        _writing.ContinueWith(static _ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
        _index.Dispose();
        Piece.Dispose();
        _other.Dispose();
    }

    private void EndPiece(Action<ReadOnlyMemory<byte>> hash)
    {
        _writing.GetAwaiter().GetResult();
        ReadOnlyMemory<byte> bytes = Piece.GetBuffer().AsMemory(0, (int)Piece.Length);
        _writing = Task.Run(() =>
        {
            hash(bytes);
            stream.Write(bytes.Span);
        });
        PieceStart += bytes.Length;
        (Piece, _other) = (_other, Piece);
        Piece.SetLength(0);
    }
}
