using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline models list</c>: every model, its parameters, and what it costs with their defaults on the features that its source takes.</summary>
internal static class ModelListVerb
{
    public static Command Create() => Verb.Of(
        "list", "Names every model, its parameters, and what it costs with their defaults on the features that its source takes.", RunAsync);

    private static Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        // Reading the deployment adds the models of the assemblies that it names.
        _ = context.Workspace.Deployment;
        ModelListing[] listing = [.. ModelZoo.Describe().Select(m => new ModelListing(
            m.Name, m.Doc, [.. m.Parameters.Select(p => new ParameterListing(p.Name, p.Default, p.Allowed, p.Doc))], CostsOf(m)))];
        context.Printer.Result(listing, CliJson.Default.ModelListingArray, writer => Write(listing, writer));
        return Task.CompletedTask;
    }

    /// <summary>Null for a model of one's own that does not take the features it names.</summary>
    private static ModelCosts? CostsOf(ModelInfo model)
    {
        try
        {
            Graph graph = ModelZoo.Build(model.Name, new Dictionary<string, ParameterValue>(), model.Bands, model.Frames);
            return new(
                model.Bands,
                model.Frames,
                model.Total(graph),
                graph.ParameterCount,
                graph.FoldedParameterCount,
                graph.Macs,
                graph.PeakActivationBytes);
        }
        catch (BadInputException)
        {
            return null;
        }
    }

    private static void Write(ModelListing[] listing, TextWriter writer)
    {
        foreach (ModelListing model in listing)
        {
            writer.WriteLine($"{model.Name}: {model.Description}");
            foreach (ParameterListing p in model.Parameters)
            {
                writer.WriteLine($"    {p.Name} = {p.Default}  ({p.Allowed})  {p.Description}");
            }
        }

        writer.WriteLine();
        TextTable table = new("model", "bands x frames", "parameters", "learned", "folded", "MACs", "peak int8 bytes");
        foreach (ModelListing model in listing)
        {
            table.Add(model.Costs is { } costs
                ? [model.Name, $"{costs.Bands} x {costs.Frames}", .. new[] { costs.Parameters, costs.Trainable, costs.Folded, costs.Macs, costs.PeakActivationBytes }.Select(Format.Count)]
                : [model.Name, "", "", "", "", "", ""]);
        }

        table.Write(writer);
        writer.WriteLine("with the defaults of their parameters; pipeline models show MODEL counts with others, layer by layer");
    }
}
