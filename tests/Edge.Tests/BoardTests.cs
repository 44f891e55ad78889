using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Emulation;
using Pipeline.Edge.Targets;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;
using Xunit.Abstractions;

namespace Pipeline.Edge.Tests;

/// <summary>Generated code on the emulated boards against the integer interpreter.</summary>
public sealed class BoardTests(ITestOutputHelper output)
{
    private const int Clips = 6;

    [Theory]
    [InlineData("bc-resnet", FrontEnds.LogMel40Torchaudio, "cortex-m4")]
    [InlineData("bc-resnet", FrontEnds.LogMel404Khz, "cortex-m4")]
    [InlineData("ds-cnn", FrontEnds.LogMel40Torchaudio, "cortex-m4")]
    [InlineData("bc-resnet", FrontEnds.LogMel40Torchaudio, "pi-aarch64")]
    [InlineData("bc-resnet", FrontEnds.LogMel404Khz, "pi-aarch64")]
    [InlineData("ds-cnn", FrontEnds.LogMel404Khz, "pi-aarch64")]
    public async Task Features_and_outputs_of_a_board_equal_the_interpreter_byte_for_byte(string model, string frontEndName, string targetName)
    {
        Target target = BuiltInTargets.Get(targetName);
        Toolchain.Need(target);

        IFrontEnd frontEnd = FrontEnds.Get(frontEndName);
        Graph graph = RandomModel.Zoo(model, frontEnd.FramesFor(CodeGenerator.Samples));
        short[] pcm = [.. Enumerable.Range(0, Clips).SelectMany(Sound)];
        float[][] features = [.. Enumerable.Range(0, Clips).Select(i => Features(frontEnd, pcm.AsSpan(i * CodeGenerator.Samples, CodeGenerator.Samples)))];
        QuantizedGraph quantized = Quantizer.Quantize(graph, RandomModel.Weights(graph, 1), features);
        GeneratedCode code = CodeGenerator.Generate(quantized, frontEndName, RandomModel.Classes);
        BoardPrograms programs = await new BoardCompiler(target).CompileAsync(code, CancellationToken.None);
        using BoardEmulator emulator = await BoardEmulator.CreateAsync(target, programs.Harness, CancellationToken.None);

        int resultBytes = quantized.Input.Size + quantized.Output.Size;
        BatchRun run = await emulator.RunAsync(pcm, Clips, resultBytes, CancellationToken.None);

        output.WriteLine($"{model} {targetName}: flash {programs.FlashBytes}, RAM {programs.RamBytes}, arena {code.ArenaBytes}, {run.Instructions / Clips} instructions");
        var interpreter = new IntegerInterpreter(quantized);
        for (int i = 0; i < Clips; i++)
        {
            sbyte[] input = [.. features[i].Select(quantized.Input.Quantize)];
            sbyte[] found = MemoryMarshal.Cast<byte, sbyte>(run.Results.AsSpan(i * resultBytes, resultBytes)).ToArray();
            Assert.Equal(input, found[..input.Length]);
            Assert.Equal(interpreter.Run(input).ToArray(), found[input.Length..]);
        }

        Assert.True(run.Instructions > Clips * 1_000_000L);
    }

    /// <summary>Silence, full-scale noise, a tone, clipped noise, quiet noise, one click.</summary>
    private static short[] Sound(int kind)
    {
        var random = StableRandom.For(7, "sound", kind);
        return [.. Enumerable.Range(0, CodeGenerator.Samples).Select(n => kind switch
        {
            0 => (short)0,
            1 => (short)random.NextInt(65536),
            2 => (short)(12_000 * Math.Sin(n * 0.2)),
            3 => (short)Math.Clamp(random.NextGaussian() * 60_000, short.MinValue, short.MaxValue),
            4 => (short)(random.NextGaussian() * 20),
            _ => n == 8_000 ? short.MaxValue : (short)0,
        })];
    }

    private static float[] Features(IFrontEnd frontEnd, ReadOnlySpan<short> pcm)
    {
        var samples = new float[pcm.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = pcm[i] / 32768f;
        }

        var features = new float[frontEnd.Bands * frontEnd.FramesFor(pcm.Length)];
        frontEnd.Compute(samples, features);
        return features;
    }
}
