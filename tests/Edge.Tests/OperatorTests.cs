using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.Edge.CodeGen;
using Pipeline.Edge.Emulation;
using Pipeline.Edge.Targets;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.Tests;

/// <summary>
/// Random graphs of all operators: the generated code, compiled for this machine with the address and undefined-behaviour sanitizers and for the
/// Cortex-M4 with its SIMD kernels, equals the interpreter bit for bit on random inputs.
/// </summary>
public sealed class OperatorTests
{
    private const int Inputs = 3;

    [Theory]
    [MemberData(nameof(Seeds), 0, 24)]
    public Task Code_for_this_machine_equals_the_interpreter(int seed) => RunHereAsync(RandomGraph.Quantized((ulong)seed), seed);

    [Fact]
    public Task Code_of_a_layer_of_more_products_than_16_bits_count_equals_the_interpreter()
    {
        var builder = new GraphBuilder("long", 200, 165);
        builder.Gemm("classifier", builder.Flatten("flatten", builder.Relu("relu", builder.Input)), 3);
        return RunHereAsync(RandomModel.Quantize(builder.Build(), 1), seed: 1);
    }

    private static async Task RunHereAsync(QuantizedGraph graph, int seed)
    {
        TestTools.Need("gcc");
        GeneratedCode code = Code(graph);
        using var folder = new TemporaryFolder();
        foreach (SourceFile file in code.Files)
        {
            await File.WriteAllTextAsync(folder.File(file.Name), file.Text);
        }

        await File.WriteAllTextAsync(folder.File("program_linux.c"), EmbeddedSource.Read("program_linux.c"));
        short[] inputs = RandomInputs(graph, seed);
        await File.WriteAllBytesAsync(folder.File("in"), MemoryMarshal.AsBytes(inputs.AsSpan()).ToArray());
        string[] options = ["-std=gnu99", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wall", "-Wextra", "-Werror"];
        string[] sources = ["program_linux.c", .. code.Files.Select(f => f.Name).Where(n => n.EndsWith(".c", StringComparison.Ordinal))];
        await Command.RunAsync("gcc", [.. options, .. sources, "-o", "kws"], folder.Path, TimeSpan.FromMinutes(2), ["gcc"], default);
        await Command.RunAsync(folder.File("kws"), ["--results", "out"], folder.Path, TimeSpan.FromMinutes(1), [], default, folder.File("in"));
        AssertEqual(graph, inputs, await File.ReadAllBytesAsync(folder.File("out")));
    }

    [Theory]
    [MemberData(nameof(Seeds), 0, 8)]
    public async Task Code_for_the_microcontroller_equals_the_interpreter(int seed)
    {
        Toolchain.Need(BuiltInTargets.CortexM4);

        QuantizedGraph graph = RandomGraph.Quantized((ulong)seed);
        BoardPrograms programs = await new BoardCompiler(BuiltInTargets.CortexM4).CompileAsync(Code(graph), default);
        using BoardEmulator emulator = await BoardEmulator.CreateAsync(BuiltInTargets.CortexM4, programs.Harness, default);
        short[] inputs = RandomInputs(graph, seed);
        BatchRun run = await emulator.RunAsync(inputs, Inputs, graph.Input.Size + graph.Output.Size, default);
        AssertEqual(graph, inputs, run.Results);
    }

    [Fact]
    public void The_random_graphs_have_every_operator_and_every_kind_of_convolution()
    {
        QuantizedGraph[] graphs = [.. Enumerable.Range(0, 24).Select(s => RandomGraph.Quantized((ulong)s))];
        QuantizedOperator[] operators = [.. graphs.SelectMany(g => g.Operators)];
        QuantizedConv[] convs = [.. operators.OfType<QuantizedConv>()];
        Assert.NotEmpty(operators.OfType<QuantizedTable>());
        Assert.NotEmpty(operators.OfType<QuantizedTranspose>());
        Assert.Contains(graphs, g => g.Operators[0] is QuantizedTranspose && g.Tensors[g.Operators[0].Output].Channels > 1);
        Assert.Contains(operators.OfType<QuantizedMaxPool>(), p => p.Kernel.Height > 1 && p.Kernel.Width > 1);
        Assert.NotEmpty(operators.OfType<QuantizedMean>());
        Assert.Contains(operators.OfType<QuantizedAdd>(), a => a.Inputs.Length == 3);
        Assert.Contains(operators.OfType<QuantizedAdd>(), a => a.Inputs.Length == 2);
        Assert.Contains(convs, c => c.Group > 1);
        Assert.Contains(convs, c => c.SubBands > 1);
        Assert.Contains(convs, c => c.Group > 1 && c.Group < c.Bias.Length / c.SubBands);
        Assert.Contains(graphs, g => g.Operators.OfType<QuantizedConv>().Any(c => Kernels.KernelOf(g, c) == ConvKernel.Plain));
        Assert.Contains(convs, c => c.Strides.Height > 1 && c.Strides.Width > 1);
        Assert.Contains(convs, c => c.Dilations.Width > 1);
        Assert.Contains(convs, c => c.Multipliers.Any(m => m.Mantissa < 0));
        Assert.Contains(convs, c => c.Kernel.Height == 1 && c.Kernel.Width == 1 && c.Group == 1 && c.Strides == Size2.One);
    }

    [Fact]
    public void A_layer_beyond_the_kernels_sizes_is_refused_naming_it()
    {
        var builder = new GraphBuilder("long", 1, 33_000);
        builder.Relu("relu", builder.Input);
        QuantizedGraph graph = RandomModel.Quantize(builder.Build(), 1);
        BadInputException refused = Assert.Throws<BadInputException>(() => Code(graph));
        Assert.Contains("makes 1 x 33000 x 1 values", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_two_tensors_alive_at_once_share_memory_except_where_an_operator_may_work_in_place()
    {
        foreach (int seed in Enumerable.Range(0, 24))
        {
            QuantizedGraph graph = RandomGraph.Quantized((ulong)seed);
            ArenaPlan plan = ArenaPlan.Of(graph, 512);
            var lastUses = graph.LastUses();
            for (int i = 0; i < graph.Operators.Length; i++)
            {
                QuantizedOperator op = graph.Operators[i];
                IEnumerable<int> alive = Enumerable.Range(0, graph.Tensors.Length)
                    .Where(t => t != op.Output && lastUses[t] >= i && (t == 0 || Array.FindIndex([.. graph.Operators], o => o.Output == t) < i));
                foreach (int t in alive)
                {
                    bool apart = plan.TensorOffsets[t] + graph.Tensors[t].Size <= plan.TensorOffsets[op.Output]
                        || plan.TensorOffsets[op.Output] + graph.Tensors[op.Output].Size <= plan.TensorOffsets[t];
                    bool inPlace = op.Inputs.Contains(t) && lastUses[t] == i && Kernels.MayOverlap(graph, op, t)
                        && plan.TensorOffsets[t] == plan.TensorOffsets[op.Output];
                    Assert.True(apart || inPlace, $"seed {seed}: '{op.Name}' lies on '{graph.Tensors[t].Name}'");
                }
            }
        }
    }

    public static TheoryData<int> Seeds(int first, int count) => [.. Enumerable.Range(first, count)];

    /// <summary>The model with a front end that takes a clip's bytes as the features.</summary>
    private static GeneratedCode Code(QuantizedGraph graph)
    {
        string[] classes = [.. Enumerable.Range(0, graph.Output.Size).Select(i => $"class \"{i}\"")];
        (IReadOnlyList<SourceFile> files, ArenaPlan plan) = CodeGenerator.GenerateModel(graph, classes, frontEndScratch: 0);
        string header = $"#include <stdint.h>\n#define KWS_SAMPLES {Samples(graph)}\nint8_t *kws_features(const int16_t *pcm);\nvoid kws_run(const int16_t *pcm, int8_t *out);\n";
        const string body = """
            #include "frontend.h"
            #include <string.h>
            #include "model.h"
            int8_t *kws_features(const int16_t *pcm)
            {
                memcpy(kws_input(), pcm, KWS_FEATURES);
                return kws_input();
            }
            void kws_run(const int16_t *pcm, int8_t *out)
            {
                kws_features(pcm);
                kws_infer(out);
            }
            """;
        return new([.. files, new("frontend.h", header), new("frontend.c", body)], plan.Size, "", "", 0);
    }

    private static int Samples(QuantizedGraph graph) => (graph.Input.Size + 1) / 2;

    private static short[] RandomInputs(QuantizedGraph graph, int seed)
    {
        var random = StableRandom.For((ulong)seed, "inputs");
        return [.. Enumerable.Range(0, Inputs * Samples(graph)).Select(_ => (short)random.NextUInt64())];
    }

    private static void AssertEqual(QuantizedGraph graph, short[] inputs, byte[] results)
    {
        var interpreter = new IntegerInterpreter(graph);
        int bytes = graph.Input.Size + graph.Output.Size;
        Assert.Equal(Inputs * bytes, results.Length);
        for (int i = 0; i < Inputs; i++)
        {
            ReadOnlySpan<sbyte> input = MemoryMarshal.Cast<short, sbyte>(inputs.AsSpan(i * Samples(graph)))[..graph.Input.Size];
            sbyte[] found = MemoryMarshal.Cast<byte, sbyte>(results.AsSpan(i * bytes, bytes)).ToArray();
            Assert.Equal(input.ToArray(), found[..input.Length]);
            Assert.Equal(interpreter.Run(input).ToArray(), found[input.Length..]);
        }
    }
}
