using System.Diagnostics;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Sql;

namespace Pipeline.Bench.Features;

/// <summary>Writing and reading shards beside DuckDB and a memory copy. DuckDB's rows, as ours, are in memory before the clock starts.</summary>
internal static class ShardFigures
{
    // The writer gathers and hashes rows on one thread, and writes on another; reading takes one.
    private const int TensorBytes = 8080, Rows = 8192, Rounds = 31;

    /// <summary>How long both run before they are measured: as long as it takes until our code is what a build that runs for minutes has.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly ShardRow[] Labels =
        [.. Enumerable.Range(0, Rows).Select(static row => new ShardRow($"yes/{row:x8}_nohash_0.wav", row % 12, "yes", $"{row % 500:x8}", "train", 0, 16_000))];

    public static IReadOnlyList<Figure> Measure(Action<string> say)
    {
        say($"features: shards of {Rows} rows of {TensorBytes} bytes, median of {Rounds} after {WarmUp.TotalSeconds} s of warming up, ours and DuckDB's by turns");
        string folder = Directory.CreateTempSubdirectory("pipeline-bench-").FullName;
        try
        {
            string ours = Path.Combine(folder, "ours.parquet"), theirs = Path.Combine(folder, "theirs.parquet");
            Write(ours);
            using DuckDb? duckDb = DuckDb.LibraryPath is null ? null : new DuckDb();
            duckDb?.Query($"create table t as select * from '{ours}'");
            (double write, double? duckDbWrite) = Medians(
                () => Write(ours), duckDb is null ? null : () => duckDb.Query($"copy t to '{theirs}' (format parquet, compression uncompressed)"), ours, theirs);
            Write(ours);
            (double read, double? duckDbRead) = Medians(
                () => ParquetShardReader.Open(ours, verifyTensors: true).Dispose(), duckDb is null ? null : () => duckDb.Query($"select sum(hash(tensor)::hugeint) from '{ours}'"));
            double copy = Rates.MemoryCopy();
            return
            [
                new("write a shard with checksums and hash", "GB/s", write, duckDbWrite, "DuckDB COPY, all cores", 3, Cores: 2),
                new("write a shard, beside memory", "GB/s", write, copy, "memory copy, one thread", null, Cores: 2),
                new("open a shard, every checksum and hash verified", "GB/s", read, duckDbRead, "DuckDB, sum of tensor hashes, all cores", 1),
                new("open and verify a shard, beside memory", "GB/s", read, copy, "memory copy, one thread", null),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(string path)
    {
        var tensor = new byte[TensorBytes];
        using FileStream file = ParquetShardWriter.CreateFile(path, Rows, TensorBytes);
        using var writer = new ParquetShardWriter(file, TensorBytes, []);
        for (int row = 0; row < Rows; row++)
        {
            BitConverter.TryWriteBytes(tensor, row);
            writer.Append(Labels[row], tensor);
        }

        writer.Complete();
    }

    // By turns, so that what else the machine does falls on both. What a round writes is gone before the next: a file system may write a file out
    // when it takes the place of another (ext4 does), and no shard takes the place of another.
    private static (double Ours, double? Theirs) Medians(Action ours, Action? theirs, params string[] written)
    {
        List<double> first = [], second = [];
        for (var watch = Stopwatch.StartNew(); first.Count < Rounds;)
        {
            bool measured = watch.Elapsed > WarmUp;
            Array.ForEach(written, File.Delete);
            (double mine, double other) = (Rate(ours), theirs is null ? 0 : Rate(theirs));
            if (measured)
            {
                first.Add(mine);
                second.Add(other);
            }
        }

        first.Sort();
        second.Sort();
        return (first[Rounds / 2], theirs is null ? null : second[Rounds / 2]);
    }

    private static double Rate(Action call)
    {
        var watch = Stopwatch.StartNew();
        call();
        return (double)TensorBytes * Rows / watch.Elapsed.TotalSeconds / 1e9;
    }
}
