using Pipeline.Edge.Artifacts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Emulation;
using Pipeline.Edge.Targets;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.Tests;

/// <summary>Real recordings on the emulated boards; they are found through PIPELINE_DATA.</summary>
public sealed class RecordingTests
{
    /// <summary>Every so many of the test archive's recordings is taken.</summary>
    private const int Step = 100;

    [Theory]
    [InlineData("cortex-m4", FrontEnds.LogMel404Khz)]
    [InlineData("cortex-m4", FrontEnds.LogMel40Torchaudio)]
    [InlineData("pi-aarch64", FrontEnds.LogMel404Khz)]
    [InlineData("pi-aarch64", FrontEnds.LogMel40Torchaudio)]
    public async Task No_byte_differs_on_recordings_of_the_test_archive(string targetName, string frontEndName)
    {
        Target target = BuiltInTargets.Get(targetName);
        string? data = Environment.GetEnvironmentVariable("PIPELINE_DATA");
        TestTools.SkipIf(string.IsNullOrEmpty(data) ? "PIPELINE_DATA is not set" : null);
        Toolchain.Need(target);
        string[] files = [.. Directory.GetFiles(Path.Combine(data!, "speech_commands_test_v0.02"), "*.wav", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        LabelledClip[] clips = [.. files.Where((_, i) => i % Step == 0).Select(f => LabelledClip.From(f, 0, AudioReader.Read(f).Samples))];
        Assert.True(clips.Length > 40);

        IFrontEnd frontEnd = FrontEnds.Get(frontEndName);
        Graph graph = RandomModel.Zoo("bc-resnet", frontEnd.FramesFor(CodeGenerator.Samples));
        QuantizedGraph quantized = Quantizer.Quantize(
            graph, RandomModel.Weights(graph, 1), [.. clips.Take(10).Select(c => PcmFeatures.Of(frontEnd, c.Samples))]);
        GeneratedCode code = CodeGenerator.Generate(quantized, frontEndName, RandomModel.Classes);
        BoardPrograms programs = await new BoardCompiler(target).CompileAsync(code, default);
        using BoardEmulator emulator = await BoardEmulator.CreateAsync(target, programs.Harness, default);
        Comparison found = await new ClipComparison(quantized, frontEnd, emulator, floatModel: null).RunAsync(clips, progress: null, default);
        Assert.Equal((clips.Length, 0, null), (found.Clips, found.Mismatches, found.FirstMismatch));
    }
}
