using System.Diagnostics;
using Pipeline.FeatureStore.Parquet;
using Pipeline.Tools;

namespace Pipeline.Bench.Features;

/// <summary>Writing and reading shards beside DuckDB and a memory copy.</summary>
internal sealed class ShardBenchmark : IBenchmark
{
    private const int TensorBytes = 8080, Rows = 8192, Rounds = 5;

    public string Name => "shards";

    public Task<IReadOnlyList<Figure>> RunAsync(Action<string> say)
    {
        say($"shards: {Rows} rows of {TensorBytes} bytes");
        string folder = Directory.CreateTempSubdirectory("pipeline-bench-").FullName;
        try
        {
            string path = Path.Combine(folder, "ours.parquet");
            double write = Best(() => Write(path));
            double read = Best(() => ParquetShardReader.Open(path, verifyTensors: true).Dispose());
            (double? duckDbWrite, double? duckDbRead) = DuckDb.LibraryPath is null ? default((double?, double?)) : MeasureDuckDb(path, Path.Combine(folder, "theirs.parquet"));
            return Task.FromResult<IReadOnlyList<Figure>>(
            [
                new("write a shard with checksums and hash", "GB/s", write, duckDbWrite, "DuckDB COPY, all cores", 2),
                new("open a shard, every checksum verified", "GB/s", read, duckDbRead, "DuckDB, sum of tensor hashes, all cores", null),
            ]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double Write, double Read) MeasureDuckDb(string ours, string theirs)
    {
        using var duckDb = new DuckDb();
        duckDb.Query($"create table t as select * from '{ours}'");
        double write = Best(() => duckDb.Query($"copy t to '{theirs}' (format parquet, compression uncompressed)"));
        return (write, Best(() => duckDb.Query($"select sum(hash(tensor)::hugeint) from '{ours}'")));
    }

    private static void Write(string path)
    {
        var tensor = new byte[TensorBytes];
        using FileStream file = ParquetShardWriter.CreateFile(path, Rows, TensorBytes);
        using var writer = new ParquetShardWriter(file, TensorBytes, []);
        for (int row = 0; row < Rows; row++)
        {
            BitConverter.TryWriteBytes(tensor, row);
            writer.Append(new($"yes/{row:x8}_nohash_0.wav", row % 12, "yes", $"{row % 500:x8}", "train", 0, 16_000), tensor);
        }

        writer.Complete();
    }

    private static double Best(Action call)
    {
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            call();
            best = Math.Max(best, (double)TensorBytes * Rows / watch.Elapsed.TotalSeconds / 1e9);
        }

        return best;
    }
}
