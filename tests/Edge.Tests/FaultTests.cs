using Pipeline.Contracts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Emulation;
using Pipeline.Edge.Targets;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.Tests;

/// <summary>Programs that misbehave on the emulated microcontroller fail; they neither pass nor hang.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("*(volatile int *)0x20040000 = 1;", "past the end of RAM")]
    [InlineData("*(volatile int *)0x2003FFFC = 1;", null)]
    [InlineData("volatile char deep[4096]; for (int i = 4095; i >= 0; i--) { deep[i] = 1; } (void)deep[0];", "past the end of the stack")]
    [InlineData("__asm volatile(\"udf #0\");", "an undefined instruction")]
    public async Task A_program_that_leaves_what_the_board_has_ends_with_a_failure(string statement, string? what)
    {
        Target target = BuiltInTargets.CortexM4;
        Toolchain.Need(target);

        QuantizedGraph graph = RandomGraph.Quantized(1);
        (IReadOnlyList<SourceFile> files, ArenaPlan plan) = CodeGenerator.GenerateModel(graph, [.. Enumerable.Repeat("x", graph.Output.Size)], 0);
        const string header = "#include <stdint.h>\n#define KWS_SAMPLES 16000\nint8_t *kws_features(const int16_t *pcm);\nvoid kws_run(const int16_t *pcm, int8_t *out);\n";
        string body = $$"""
            #include "frontend.h"
            #include "model.h"
            int8_t *kws_features(const int16_t *pcm) { (void)pcm; {{statement}} return kws_input(); }
            void kws_run(const int16_t *pcm, int8_t *out) { kws_features(pcm); kws_infer(out); }
            """;
        var code = new GeneratedCode([.. files, new("frontend.h", header), new("frontend.c", body)], plan.Size, "", "", 0);
        BoardPrograms programs = await new BoardCompiler(target).CompileAsync(code, default);
        using BoardEmulator emulator = await BoardEmulator.CreateAsync(target, programs.Harness, default);
        Task<BatchRun> run = emulator.RunAsync(new short[CodeGenerator.Samples], 1, graph.Input.Size + graph.Output.Size, default);
        if (what is null)
        {
            await run;
            return;
        }

        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(() => run);

        // 99 is the fault handler's; without a stack it cannot run, and the emulator gives up with 1.
        Assert.Matches("exit code (99|1):", failure.Message);
    }

    [Fact]
    public async Task A_program_that_never_ends_is_stopped()
    {
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(
            () => Command.RunAsync("sleep", ["60"], "/", TimeSpan.FromMilliseconds(200), ["coreutils"], default));
        Assert.Contains("still running", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_compiler_is_named_with_what_to_install()
    {
        PipelineException failure = await Assert.ThrowsAsync<PipelineException>(
            () => Command.RunAsync("no-such-compiler", [], "/", TimeSpan.FromSeconds(1), ["gcc-arm-none-eabi"], default));
        Assert.Matches("no-such-compiler.*apt-get install gcc-arm-none-eabi", failure.Message);
    }
}
