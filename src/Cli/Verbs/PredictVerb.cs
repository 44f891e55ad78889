using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.FeatureStore.Audio;
using Pipeline.Registry.ModelVersions;
using Pipeline.Workers.Training;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline predict</c>: says what a registered model hears.</summary>
internal static class PredictVerb
{
    private const int ClassesShown = 3;

    private static readonly Argument<string> Model = ModelReference.Argument();

    private static readonly Argument<string[]> Files = new("FILE") { Description = "Recordings.", Arity = ArgumentArity.OneOrMore };

    public static Command Create() => Verb.Of("predict", "Says what a registered model hears in recordings.", RunAsync, Model, Files);

    private static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        ModelVersion version = await context.Workspace.FindModelAsync(context.Get(Model), cancellationToken);
        using Predictor predictor = await Predictor.LoadAsync(
            version.Trained, await context.Workspace.OpenBlobsAsync(cancellationToken), cancellationToken);
        List<Prediction> predictions = [];
        foreach (string file in context.Get(Files))
        {
            predictions.Add(Predict(predictor, file));
        }

        context.Printer.Result(predictions.ToArray(), CliJson.Default.PredictionArray, writer =>
        {
            foreach (Prediction p in predictions)
            {
                string others = string.Join(", ", p.Classes.Skip(1).Take(ClassesShown - 1).Select(c => $"{c.Class} {Format.Percent(c.Probability)}"));
                writer.WriteLine($"{p.File}: {p.Class} {Format.Percent(p.Probability)} ({others})");
            }
        });
    }

    private static Prediction Predict(Predictor predictor, string file)
    {
        float[] probabilities = predictor.Predict(AudioReader.Read(file), file);
        ClassProbability[] classes = [.. predictor.Classes
            .Select((name, i) => new ClassProbability(name, probabilities[i]))
            .OrderByDescending(c => c.Probability)];
        return new Prediction(file, classes[0].Class, classes[0].Probability, classes);
    }

}
