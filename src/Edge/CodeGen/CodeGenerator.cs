using Pipeline.Contracts;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.CodeGen;

/// <summary>A C file.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Text">Its text.</param>
public sealed record SourceFile(string Name, string Text);

/// <summary>The C99 sources of a model with its front end.</summary>
/// <param name="Files">The files.</param>
/// <param name="ArenaBytes">Bytes of memory that the activations take together.</param>
/// <param name="WidestLayer">The layer that needs most of it, which is the one to make smaller where it is too much.</param>
/// <param name="HeaviestLayer">The layer with the most constants.</param>
/// <param name="HeaviestBytes">Bytes of its constants.</param>
public sealed record GeneratedCode(IReadOnlyList<SourceFile> Files, int ArenaBytes, string WidestLayer, string HeaviestLayer, int HeaviestBytes);

/// <summary>Turns a quantised model and its front end into C. Equal arguments give equal bytes; the same code serves every target.</summary>
public static class CodeGenerator
{
    /// <summary>Samples of one input: one second at 16 kHz, which is what models are trained on.</summary>
    public const int Samples = 16_000;

    /// <summary>Writes the sources.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="frontEnd">The front end's name.</param>
    /// <param name="classes">Class names in the order of the outputs.</param>
    /// <exception cref="BadInputException">A layer that boards have no kernel for, a front end without code, or sizes that do not fit together.</exception>
    public static GeneratedCode Generate(QuantizedGraph graph, string frontEnd, IReadOnlyList<string> classes)
    {
        IFrontEnd reference = FrontEnds.Get(frontEnd);
        LogMelTables tables = FrontEnds.TablesOf(frontEnd);
        if (graph.Input.Height != reference.Bands || graph.Input.Width != reference.FramesFor(Samples))
        {
            throw new BadInputException(
                $"The model takes {graph.Input.Height} bands x {graph.Input.Width} frames, but one second through front end '{frontEnd}' makes "
                + $"{reference.Bands} x {reference.FramesFor(Samples)}. Boards take models of one second: train on one-second clips with this front end.");
        }

        (IReadOnlyList<SourceFile> model, ArenaPlan plan) = GenerateModel(graph, classes, FrontEndSource.ScratchBytes);
        return new(
            [.. model, new("frontend.h", FrontEndSource.Header(Samples)), new("frontend.c", FrontEndSource.Body(graph.Input, tables))],
            plan.Size,
            graph.Operators[Enumerable.Range(0, graph.Operators.Length).MaxBy(step => plan.EndAt(graph, step))].Name,
            graph.Operators.MaxBy(Kernels.ConstantBytes)!.Name,
            graph.Operators.Max(Kernels.ConstantBytes));
    }

    /// <summary>The sources without a front end.</summary>
    internal static (IReadOnlyList<SourceFile> Files, ArenaPlan Plan) GenerateModel(QuantizedGraph graph, IReadOnlyList<string> classes, int frontEndScratch)
    {
        if (classes.Count != graph.Output.Size)
        {
            throw new BadInputException($"The model has {graph.Output.Size} outputs but {classes.Count} class names. Expected one name an output.");
        }

        Kernels.Check(graph);
        ArenaPlan plan = ArenaPlan.Of(graph, frontEndScratch);
        return (
            [
                new("kernels.c", EmbeddedSource.Read("kernels.c")),
                new("kernels.h", EmbeddedSource.Read("kernels.h")),
                new("model.c", ModelSource.Body(graph, plan, classes)),
                new("model.h", ModelSource.Header(graph)),
            ],
            plan);
    }
}
