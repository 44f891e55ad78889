using System.Diagnostics;
using Pipeline.Contracts;

namespace Pipeline.Fuzz.Tests;

/// <summary>A kind of file, sound ones of it, and the reader that damaged ones are given to.</summary>
/// <param name="Name">Its name, which decides the damage.</param>
/// <param name="FileName">The name that the reader finds the file under.</param>
/// <param name="IsText">Whether numbers are written in digits.</param>
/// <param name="Files">Sound files.</param>
/// <param name="Read">Reads the file of a path to its end.</param>
internal sealed record FuzzTarget(string Name, string FileName, bool IsText, IReadOnlyList<byte[]> Files, Action<string> Read)
{
    /// <summary>
    /// What reading one file may take, in bytes: managed allocations, and the peak of the process's memory. The files are up to 100 kB; what a
    /// damaged length asks for goes up to 2^64.
    /// </summary>
    public const long MostBytes = 32L << 20;

    /// <summary>A reader that is not done by then hangs: sound files take milliseconds.</summary>
    public static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10);

    private const ulong Seed = 6;
    private const int StackBytes = 1 << 20;

    /// <summary>Reads the sound files, then damaged ones; gives how many were refused.</summary>
    public int Run(string folder, int count)
    {
        string path = Path.Combine(folder, FileName);
        foreach (byte[] file in Files)
        {
            Assert.Null(ReadOne(path, file, $"{Name}, a sound file"));
        }

        int refused = 0;
        for (int number = 0; number < count; number++)
        {
            StableRandom random = StableRandom.For(Seed, "fuzz:" + Name, number);
            byte[] file = Files[random.NextInt(Files.Count)], other = Files[random.NextInt(Files.Count)];
            Exception? found = ReadOne(path, Mutator.Damage(file, other, IsText, random), $"{Name} {number}");
            if (found is not (null or PipelineException))
            {
                Assert.Fail($"{Name} {number}, kept as {Keep(path)}: {found}");
            }

            refused += found is null ? 0 : 1;
        }

        return refused;
    }

    private Exception? ReadOne(string path, byte[] file, string what)
    {
        // On the disk before it is read: where the process dies, the file is what killed it.
        File.WriteAllBytes(path, file);
        Exception? thrown = null;
        ProcessMemory.ResetPeak();
        (long peak, long allocated) = (ProcessMemory.PeakBytes, GC.GetTotalAllocatedBytes(precise: true));
        var reader = new Thread(() => thrown = Record.Exception(() => Read(path)), StackBytes);
        long started = Stopwatch.GetTimestamp();
        reader.Start();
        if (!reader.Join(MostTime))
        {
            Assert.Fail($"{what} hangs; kept as {Keep(path)}");
        }

        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        peak = ProcessMemory.PeakBytes - peak;
        if (allocated > MostBytes || peak > MostBytes)
        {
            Assert.Fail($"{what} of {file.Length} bytes allocates {allocated} bytes, the process {peak} more in {Stopwatch.GetElapsedTime(started)}; kept as {Keep(path)}");
        }

        return thrown;
    }

    private static string Keep(string path)
    {
        string kept = Path.Combine(Path.GetTempPath(), "pipeline-fuzz-" + Path.GetFileName(path));
        File.Copy(path, kept, overwrite: true);
        return kept;
    }
}
