using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Emulation;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Quantization;
using Pipeline.Models.Reference;

namespace Pipeline.Edge.Artifacts;

/// <summary>What came of running clips on a target and through the interpreters.</summary>
/// <param name="Clips">Clips run.</param>
/// <param name="CorrectFloat">Those that the float model classifies rightly; 0 where it was not run.</param>
/// <param name="CorrectInt8">Those that the integer interpreter classifies rightly.</param>
/// <param name="Mismatches">Those on which the target differs from the interpreter in any byte.</param>
/// <param name="Instructions">Instructions over all clips.</param>
/// <param name="FirstMismatch">The first of them in the order of names.</param>
internal sealed record Comparison(int Clips, int CorrectFloat, int CorrectInt8, int Mismatches, long Instructions, string? FirstMismatch)
{
    public static Comparison None { get; } = new(0, 0, 0, 0, 0, null);

    public Comparison Plus(Comparison other) => new(
        Clips + other.Clips,
        CorrectFloat + other.CorrectFloat,
        CorrectInt8 + other.CorrectInt8,
        Mismatches + other.Mismatches,
        Instructions + other.Instructions,
        new[] { FirstMismatch, other.FirstMismatch }.Where(n => n is not null).Min(StringComparer.Ordinal));
}

/// <summary>Runs clips from PCM on an emulated target and compares every byte of features and outputs with the integer interpreter.</summary>
internal sealed class ClipComparison(QuantizedGraph graph, IFrontEnd frontEnd, BoardEmulator emulator, FloatModel? floatModel)
{
    /// <summary>Clips an emulator process: 8 MB of sound, some seconds of work.</summary>
    private const int BatchClips = 256;

    /// <summary>Emulators at a time, so that a build leaves the machine usable.</summary>
    private const int Emulators = 2;

    /// <summary>Runs all clips, which are read batch by batch and not kept.</summary>
    /// <exception cref="BadInputException">There are none, or one is not of one second or of no known class.</exception>
    public async Task<Comparison> RunAsync(IEnumerable<LabelledClip> clips, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        Comparison total = Comparison.None;
        var gate = new Lock();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Emulators, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(clips.Chunk(BatchClips), options, async (batch, token) =>
        {
            Comparison part = await RunBatchAsync(batch, token);
            lock (gate)
            {
                total = total.Plus(part);
                progress?.Report(total.Clips);
            }
        });
        return total.Clips > 0 ? total : throw new BadInputException("Found no recordings to verify the artifact on. Expected at least one.");
    }

    private async Task<Comparison> RunBatchAsync(LabelledClip[] batch, CancellationToken cancellationToken)
    {
        int resultBytes = graph.Input.Size + graph.Output.Size;
        var pcm = new short[batch.Length * CodeGenerator.Samples];
        for (int i = 0; i < batch.Length; i++)
        {
            Check(batch[i]).Samples.CopyTo(pcm, i * CodeGenerator.Samples);
        }

        // The emulator is another process: the interpreters work meanwhile.
        Task<BatchRun> emulated = emulator.RunAsync(pcm, batch.Length, resultBytes, cancellationToken);
        (byte[] expected, int correctFloat, int correctInt8) = Interpret(batch, resultBytes);
        BatchRun run = await emulated;
        string[] mismatched = [.. batch.Where((_, i) => !Same(run.Results, expected, i, resultBytes)).Select(c => c.Name)];
        return new(batch.Length, correctFloat, correctInt8, mismatched.Length, run.Instructions, mismatched.Min(StringComparer.Ordinal));
    }

    private static bool Same(byte[] found, byte[] expected, int clip, int bytes) =>
        found.AsSpan(clip * bytes, bytes).SequenceEqual(expected.AsSpan(clip * bytes, bytes));

    /// <summary>Features and outputs as the interpreter has them, and how many clips either model gets right.</summary>
    private (byte[] Expected, int CorrectFloat, int CorrectInt8) Interpret(LabelledClip[] batch, int resultBytes)
    {
        var integer = new IntegerInterpreter(graph);
        FloatInterpreter? real = floatModel is null ? null : new FloatInterpreter(floatModel.Graph, floatModel.Weights);
        var expected = new byte[batch.Length * resultBytes];
        int correctFloat = 0;
        int correctInt8 = 0;
        for (int i = 0; i < batch.Length; i++)
        {
            float[] features = PcmFeatures.Of(frontEnd, batch[i].Samples);
            Span<sbyte> result = MemoryMarshal.Cast<byte, sbyte>(expected.AsSpan(i * resultBytes, resultBytes));
            for (int k = 0; k < features.Length; k++)
            {
                result[k] = graph.Input.Quantize(features[k]);
            }

            ReadOnlySpan<sbyte> outputs = integer.Run(result[..features.Length]);
            outputs.CopyTo(result[features.Length..]);
            correctInt8 += FirstGreatest(outputs) == batch[i].Label ? 1 : 0;
            correctFloat += real is not null && FirstGreatest(real.Run(features)) == batch[i].Label ? 1 : 0;
        }

        return (expected, correctFloat, correctInt8);
    }

    private static int FirstGreatest<T>(ReadOnlySpan<T> values)
        where T : IComparable<T>
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i].CompareTo(values[best]) > 0 ? i : best;
        }

        return best;
    }

    private LabelledClip Check(LabelledClip clip)
    {
        if (clip.Samples.Length != CodeGenerator.Samples)
        {
            throw new BadInputException($"{clip.Name} has {clip.Samples.Length} samples. Expected {CodeGenerator.Samples}: one second at 16 kHz.");
        }

        return (uint)clip.Label < (uint)graph.Output.Size
            ? clip
            : throw new BadInputException($"{clip.Name} has the label {clip.Label}. Expected 0 to {graph.Output.Size - 1}: the model has {graph.Output.Size} classes.");
    }
}
