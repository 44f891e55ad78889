using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace Pipeline.FeatureStore.Parquet;

/// <summary>
/// A stream that is written a piece at a time. While pieces are gathered in memory, those before are written on another thread: that takes longer than
/// all else, so one waits in between, and the thread that writes never does. Tensors are hashed by XXH128; those hashes stand in the footer, and SHA-256 goes over the footer and all else that is no tensor.
/// Leaves the stream open.
/// </summary>
internal sealed class ShardFile : IDisposable
{
    /// <summary>One that is gathered, one that waits, one that is written.</summary>
    private const int Pieces = 3;

    // The pieces of shards that are done, for those that come: the first touch of new memory costs a virtual machine more than all else that is done here.
    private static readonly ConcurrentBag<MemoryStream> s_spare = [];

    private readonly IncrementalHash _index = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<string> _tensorHashes = [];
    private readonly BlockingCollection<MemoryStream> _free = [];
    private readonly Stream _stream;
    private Task _writing = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where it goes.</param>
    /// <param name="pieceBytes">What a piece usually has, so that its memory need not grow.</param>
    public ShardFile(Stream stream, int pieceBytes)
    {
        _stream = stream;
        for (int i = 0; i < Pieces; i++)
        {
            _free.Add(s_spare.TryTake(out MemoryStream? spare) ? spare : new MemoryStream(pieceBytes));
        }

        Piece = Next();
    }

    /// <summary>Where in the file the piece begins.</summary>
    public long PieceStart { get; private set; }

    /// <summary>The hash of each row group's tensors so far.</summary>
    public IReadOnlyList<string> TensorHashes => _tensorHashes;

    /// <summary>What the piece has so far.</summary>
    public MemoryStream Piece { get; private set; }

    /// <summary>The hash of a row group's tensors with the headers of their pages.</summary>
    public static string HashOf(ReadOnlySpan<byte> tensors) => Convert.ToHexStringLower(XxHash128.Hash(tensors));

    /// <summary>Takes the hash of a row group's tensors, which are the piece's bytes from this place on.</summary>
    public void EndTensors(int start) => _tensorHashes.Add(HashOf(Piece.GetBuffer().AsSpan(start, (int)Piece.Position - start)));

    /// <summary>Ends the piece and begins the next.</summary>
    /// <param name="hashed">From where on SHA-256 goes over it: what is behind the tensors.</param>
    public void EndPiece(int hashed)
    {
        // What went wrong with a piece before is told here, and not after all of the shard was gathered.
        if (_writing.IsFaulted)
        {
            _writing.GetAwaiter().GetResult();
        }

        PieceStart += Piece.Length;
        _writing = WriteAsync(Piece, hashed, _writing);
        Piece = Next();
    }

    /// <summary>Ends the last piece, the footer; gives the file's size and the hash. What was reserved beyond it is given back.</summary>
    public (long Bytes, string Sha256) Complete()
    {
        EndPiece(hashed: 0);
        _writing.GetAwaiter().GetResult();
        if (_stream.CanSeek && _stream.Length > PieceStart)
        {
            _stream.SetLength(PieceStart);
        }

        _stream.Flush();
        return (PieceStart, Convert.ToHexStringLower(_index.GetCurrentHash()));
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

        // Where the shard is given up, the other thread may still be at its pieces; all of them come back.
        _writing.ContinueWith(static _ => { }, TaskScheduler.Default).GetAwaiter().GetResult();
        _index.Dispose();
        s_spare.Add(Piece);
        while (_free.TryTake(out MemoryStream? piece))
        {
            s_spare.Add(piece);
        }

        _free.Dispose();
    }

    private MemoryStream Next()
    {
        MemoryStream piece = _free.Take();
        piece.SetLength(0);
        return piece;
    }

    private async Task WriteAsync(MemoryStream piece, int hashed, Task before)
    {
        try
        {
            // Never on this thread; on the one that wrote the piece before, if that is still at it.
            await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            Write(piece.GetBuffer().AsSpan(0, (int)piece.Length), hashed);
        }
        finally
        {
            _free.Add(piece);
        }
    }

    private void Write(ReadOnlySpan<byte> piece, int hashed)
    {
        _index.AppendData(piece[hashed..]);
        _stream.Write(piece);
    }
}
