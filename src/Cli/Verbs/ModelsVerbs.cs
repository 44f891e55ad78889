using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline models</c>: what can be trained, and what it costs.</summary>
internal static class ModelsVerbs
{
    private static readonly Argument<string> Model = new("MODEL") { Description = "A model of `pipeline models list`." };

    private static readonly Option<string[]> Parameters = new("--param")
    {
        Description = "Sets a parameter of the model. May be given several times.",
        HelpName = "NAME=VALUE",
    };

    private static readonly Option<int> Bands = new("--bands")
    {
        Description = "Bands of the input features.",
        HelpName = "N",
        DefaultValueFactory = _ => 40,
    };

    private static readonly Option<int> Frames = new("--frames")
    {
        Description = "Frames of the input features; 101 is one second of log-mel-40-torchaudio.",
        HelpName = "N",
        DefaultValueFactory = _ => 101,
    };

    public static Command Create() => Verb.Group(
        "models",
        "The models that can be trained.",
        ModelListVerb.Create(),
        Verb.Of("show", "Counts parameters, multiply-accumulates and activation memory, layer by layer.", ShowAsync, Model, Parameters, Bands, Frames),
        ModelMeasureVerb.Create());

    private static Task ShowAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Dictionary<string, ParameterValue> values = [];
        foreach (string setting in context.Get(Parameters) ?? [])
        {
            int equals = setting.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new BadInputException($"--param '{setting}' has no value. Expected NAME=VALUE, for example --param tau=1.5.");
            }

            values[setting[..equals]] = ParameterValue.Parse(setting[(equals + 1)..]);
        }

        _ = context.Workspace.Deployment;
        Graph graph = ModelZoo.Build(context.Get(Model), values, context.Get(Bands), context.Get(Frames));
        ModelReport report = new(
            graph.Name,
            ModelZoo.Find(context.Get(Model))!.Total(graph),
            graph.ParameterCount,
            graph.FoldedParameterCount,
            graph.StatisticCount,
            graph.Macs,
            graph.PeakActivationBytes,
            [.. graph.Layers.Select(l => new LayerReport(l.Name, l.Operator, l.OutputShape, l.Parameters, l.Macs))]);
        context.Printer.Result(report, CliJson.Default.ModelReport, writer => Write(report, graph, writer));
        return Task.CompletedTask;
    }

    private static void Write(ModelReport report, Graph graph, TextWriter writer)
    {
        TextTable table = new("layer", "operator", "output", "parameters", "MACs");
        foreach (LayerReport layer in report.Layers)
        {
            table.Add(layer.Name, layer.Operator, layer.Output, Format.Count(layer.Parameters), Format.Count(layer.Macs));
        }

        table.Write(writer);
        writer.WriteLine();
        writer.WriteLine($"{report.Model} on {graph.InputShape}");
        writer.WriteLine($"  parameters        {Format.Count(report.Parameters)} as its source counts them");
        writer.WriteLine($"  learned           {Format.Count(report.Trainable)}, and {Format.Count(report.Statistics)} running statistics");
        writer.WriteLine($"  folded            {Format.Count(report.Folded)}, with normalisations in the convolutions before them");
        writer.WriteLine($"  MACs              {Format.Count(report.Macs)}");
        writer.WriteLine($"  peak activations  {Format.Count(report.PeakActivationBytes)} bytes in int8");
    }
}
