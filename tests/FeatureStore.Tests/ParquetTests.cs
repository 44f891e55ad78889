using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Parquet;
using Pipeline.FeatureStore.Sql;

namespace Pipeline.FeatureStore.Tests;

public sealed class ParquetTests
{
    [Fact]
    public void The_checksum_is_the_one_of_RFC_1952()
    {
        Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));
        Assert.Equal(0u, Crc32.Of([]));
        Assert.Equal(0x414FA339u, Crc32.Of("The quick brown fox jumps over the lazy dog"u8));
        Prop.ForAll<byte[]>(static bytes => Crc32.Of(bytes) == PlainCrc32.Of(bytes)).QuickCheckThrowOnFailure();
        byte[] page = [.. Enumerable.Range(0, 100_003).Select(static i => (byte)(i * i / 7))];
        Assert.Equal(PlainCrc32.Of(page), Crc32.Of(page));
    }

    [Fact]
    public void The_checksum_is_the_same_for_every_length_and_place()
    {
        byte[] bytes = new byte[2100];
        new Random(32).NextBytes(bytes);
        for (int length = 0; length <= 2000; length++)
        {
            ReadOnlySpan<byte> page = bytes.AsSpan(length % 67, length);
            Assert.Equal(PlainCrc32.Of(page), Crc32.Of(page));
        }
    }

    [Fact]
    public void A_disk_that_fails_in_the_middle_is_told_while_rows_are_added_or_at_the_end()
    {
        for (int failing = 1; failing <= 5; failing++)
        {
            using var disk = new FailingStream(failing);
            using var writer = new ParquetShardWriter(disk, 1 << 20, []);
            byte[] tensor = new byte[1 << 20];
            IOException told = Assert.Throws<IOException>(() =>
            {
                for (int row = 0; row < 14; row++)
                {
                    writer.Append(Row(row), tensor);
                }

                writer.Complete();
            });
            Assert.Equal(FailingStream.Words, told.Message);
            Assert.Equal(failing, disk.Writes);
        }
    }

    [Fact]
    public void Bit_packing_takes_every_width()
    {
        for (int width = 0; width <= 31; width++)
        {
            int[] values = [.. Enumerable.Range(0, 100).Select(i => (int)(i * 2_654_435_761L & ((1L << width) - 1)))];
            Assert.Equal(values, RleBitPacking.Decode(Packed(values, width), width, values.Length));
        }
    }

    [Fact]
    public void Run_lengths_and_bit_packing_give_back_every_sequence()
    {
        Gen<int[]> runs = from run in Gen.Choose(1, 20)
                          from value in Gen.Choose(0, 9)
                          select Enumerable.Repeat(value, run).ToArray();
        Gen<int[]> values = Gen.ListOf(runs).Select(static list => list.SelectMany(static x => x).ToArray());
        Prop.ForAll(Arb.From(values), static numbers =>
        {
            int width = RleBitPacking.BitWidth(9);
            Assert.Equal(numbers, RleBitPacking.Decode(Packed(numbers, width), width, numbers.Length));
        }).QuickCheckThrowOnFailure();
    }

    private static byte[] Packed(int[] values, int bitWidth)
    {
        using MemoryStream bytes = new();
        RleBitPacking.Encode(bytes, values, bitWidth);
        return bytes.ToArray();
    }

    [Fact]
    public void Any_rows_written_are_read_back()
    {
        using var folder = new TemporaryFolder();
        Gen<string> text = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(static s => new string([.. s.Get.Where(static c => !char.IsSurrogate(c))]));
        Gen<ShardRow> row = from clip in text
                            from label in Gen.Choose(-1, 300)
                            from word in Gen.Elements("yes", "no", "ja", "")
                            from speaker in text
                            from split in Gen.Elements("train", "test")
                            from copy in Gen.Choose(0, 3)
                            from length in ArbMap.Default.GeneratorFor<int>()
                            select new ShardRow(clip, label, word, speaker, split, copy, length);
        Gen<ShardRow[]> rows = Gen.NonEmptyListOf(row).Select(static list => list.ToArray());
        Prop.ForAll(Arb.From(rows), written =>
        {
            string path = folder["a.parquet"];
            Write(path, written, tensorBytes: 1 << 17);
            using ParquetShardReader reader = ParquetShardReader.Open(path, verifyTensors: true);
            Assert.Equal(written, reader.Rows);
            Assert.All(Enumerable.Range(0, written.Length), i => Assert.True(reader.Tensor(i).SequenceEqual(Tensor(i, 1 << 17))));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_flipped_byte_is_reported_or_changes_nothing_that_is_read()
    {
        using var folder = new TemporaryFolder();
        ShardRow[] written = [.. Enumerable.Range(0, 40).Select(static i => Row(i))];
        Write(folder["a.parquet"], written, tensorBytes: 500);
        byte[] sound = File.ReadAllBytes(folder["a.parquet"]);
        int reported = 0;
        for (int offset = 0; offset < sound.Length; offset += 97)
        {
            byte[] damaged = [.. sound];
            damaged[offset] ^= 0x10;
            File.WriteAllBytes(folder["b.parquet"], damaged);
            try
            {
                using ParquetShardReader reader = ParquetShardReader.Open(folder["b.parquet"], verifyTensors: true);
                Assert.Equal(written, reader.Rows);
                Assert.All(Enumerable.Range(0, written.Length), i => Assert.True(reader.Tensor(i).SequenceEqual(Tensor(i, 500))));
            }
            catch (CorruptDataException e)
            {
                Assert.Contains("b.parquet", e.Message, StringComparison.Ordinal);
                reported++;
            }
        }

        Assert.True(reported > sound.Length / 97 * 9 / 10, $"only {reported} flips were reported");
    }

    [Fact]
    public void A_damaged_tensor_is_reported_by_its_clip()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.parquet"], [.. Enumerable.Range(0, 9).Select(static i => Row(i))], tensorBytes: 500);
        byte[] bytes = File.ReadAllBytes(folder["a.parquet"]);
        bytes[4 + (5 * 525) + 25] ^= 1;
        File.WriteAllBytes(folder["a.parquet"], bytes);
        CorruptDataException e = Assert.Throws<CorruptDataException>(() => ParquetShardReader.Open(folder["a.parquet"], verifyTensors: true));
        Assert.Contains("clip 'clip-", e.Message, StringComparison.Ordinal);
        Assert.Contains("row group 0, page 5", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_of_any_kind_ends_in_a_clear_refusal_or_in_a_file_that_can_be_read()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.parquet"], [.. Enumerable.Range(0, 20).Select(static i => Row(i))], tensorBytes: 40);
        byte[] sound = File.ReadAllBytes(folder["a.parquet"]);
        var random = new StableRandom(11);
        for (int round = 0; round < 3000; round++)
        {
            byte[] damaged = [.. sound];
            for (int i = random.NextInt(4); i >= 0; i--)
            {
                damaged[random.NextInt(damaged.Length)] = (byte)random.NextInt(256);
            }

            File.WriteAllBytes(folder["b.parquet"], damaged);
            try
            {
                using ParquetShardReader reader = ParquetShardReader.Open(folder["b.parquet"], verifyTensors: random.NextInt(2) == 0);
                for (int i = 0; i < reader.Rows.Count; i++)
                {
                    Assert.True(reader.Tensor(i).SequenceEqual(Tensor(i, 40)));
                }
            }
            catch (CorruptDataException e)
            {
                Assert.Contains("b.parquet", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.parquet"], [Row(0), Row(1)], tensorBytes: 100);
        byte[] sound = File.ReadAllBytes(folder["a.parquet"]);
        for (int length = 0; length < sound.Length; length += 7)
        {
            File.WriteAllBytes(folder["b.parquet"], sound[..length]);
            Assert.Throws<CorruptDataException>(() => ParquetShardReader.Open(folder["b.parquet"], verifyTensors: true));
        }
    }

    [DuckDbFact]
    public void DuckDB_reads_every_column_of_a_shard()
    {
        using var folder = new TemporaryFolder();
        ShardRow[] rows = [.. Enumerable.Range(0, 3000).Select(static i => Row(i))];
        Write(folder["a.parquet"], rows, tensorBytes: 8080);
        using var duckDb = new DuckDb();
        string[][] found = duckDb.Query(
            $"select clip, label, word, speaker, split, copy, length, octet_length(tensor), md5(tensor) from '{folder["a.parquet"]}'");
        Assert.Equal(rows.Length, found.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            ShardRow row = rows[i];
            string md5 = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(Tensor(i, 8080)));
            Assert.Equal([row.Clip, $"{row.Label}", row.Word, row.Speaker, row.Split, $"{row.Copy}", $"{row.Length}", "8080", md5], found[i]);
        }

        Assert.Equal("1500", duckDb.Query($"select count(*) from '{folder["a.parquet"]}' where split = 'train' and label >= -1")[0][0]);
        Assert.Equal("[40, 101]", duckDb.Query($"select value from parquet_kv_metadata('{folder["a.parquet"]}') where key = 'shape'")[0][0]);
    }

    private static ShardRow Row(int i) => new($"clip-{i}", i % 12, i % 3 == 0 ? "yes" : "nø", $"{i % 50:x8}", i % 2 == 0 ? "train" : "test", 0, 16_000);

    private static byte[] Tensor(int row, int bytes)
    {
        var tensor = new byte[bytes];
        for (int i = 0; i < bytes; i++)
        {
            tensor[i] = (byte)((i * 31) + (row * 7) + (i >> 8));
        }

        return tensor;
    }

    private static void Write(string path, ShardRow[] rows, int tensorBytes)
    {
        using FileStream file = File.Create(path);
        using var writer = new ParquetShardWriter(file, tensorBytes, [new("shape", "[40, 101]")]);
        for (int i = 0; i < rows.Length; i++)
        {
            writer.Append(rows[i], Tensor(i, tensorBytes));
        }

        writer.Complete();
    }

    /// <summary>Fails at one of the pieces of a shard.</summary>
    private sealed class FailingStream(int failing) : MemoryStream
    {
        public const string Words = "No space left on device";

        public int Writes { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (++Writes == failing)
            {
                throw new IOException(Words);
            }
        }
    }
}
