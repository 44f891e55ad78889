using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// A stream that is written a piece at a time. While a piece is gathered in memory, the one before is finished, hashed and written on another thread.
/// Tensors are hashed by XXH128; those hashes stand in the footer, and SHA-256 goes over the footer and all else that is no tensor. Leaves the stream open.
/// </summary>
/// <param name="stream">Where it goes.</param>
/// <param name="pieceBytes">What a piece usually has, so that its memory need not grow.</param>
internal sealed class ShardFile(Stream stream, int pieceBytes) : IDisposable
{
    // The pieces of shards that are done, for those that come: the first touch of new memory costs a virtual machine more than all else that is done here.
    private static readonly ConcurrentBag<MemoryStream> s_spare = [];

    private readonly IncrementalHash _index = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<string> _tensorHashes = [];
    private MemoryStream _other = Rent(pieceBytes);
    private Task _writing = Task.CompletedTask;
    private bool _isDisposed;

    // Of the thread that writes, and of the other one only while none does.
    private long _written;

    /// <summary>What the piece has so far.</summary>
    public MemoryStream Piece { get; private set; } = Rent(pieceBytes);

    /// <summary>The hash of a row group's tensors with the headers of their pages.</summary>
    public static string HashOf(ReadOnlySpan<byte> tensors) => Convert.ToHexStringLower(XxHash128.Hash(tensors));

    /// <summary>
    /// Ends the piece, which holds a row group's tensors from this place on, and begins the next. What follows the tensors is added to the piece by the
    /// call that is given, on another thread: it gets the piece and where in the file that begins.
    /// </summary>
    public void EndGroup(int tensors, Action<MemoryStream, long> finish) => EndPiece(piece =>
    {
        int end = (int)piece.Position;
        finish(piece, _written);
        _tensorHashes.Add(HashOf(piece.GetBuffer().AsSpan(tensors, end - tensors)));
        return end;
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
        EndPiece(static _ => 0);
        _writing.GetAwaiter().GetResult();
        if (stream.CanSeek && stream.Length > _written)
        {
            stream.SetLength(_written);
        }

        stream.Flush();
        return (_written, Convert.ToHexStringLower(_index.GetCurrentHash()));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Once: a piece that was given back twice would be two shards'.
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;

        // Where writing failed, the other thread still reads its piece.
        _writing.ContinueWith(static _ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
        _index.Dispose();
        s_spare.Add(Piece);
        s_spare.Add(_other);
    }

    private static MemoryStream Rent(int bytes)
    {
        MemoryStream piece = s_spare.TryTake(out MemoryStream? spare) ? spare : new MemoryStream(bytes);
        piece.SetLength(0);
        return piece;
    }

    /// <summary>Ends the piece; what is given finishes it and says from where on SHA-256 goes over it.</summary>
    private void EndPiece(Func<MemoryStream, int> finish)
    {
        _writing.GetAwaiter().GetResult();
        MemoryStream piece = Piece;
        _writing = Task.Run(() =>
        {
            int hashed = finish(piece);
            ReadOnlySpan<byte> bytes = piece.GetBuffer().AsSpan(0, (int)piece.Length);
            _index.AppendData(bytes[hashed..]);
            stream.Write(bytes);
            _written += bytes.Length;
        });
        (Piece, _other) = (_other, piece);
        Piece.SetLength(0);
    }
}
