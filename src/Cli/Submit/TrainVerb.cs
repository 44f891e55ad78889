using System.CommandLine;
using System.Text;
using Pipeline.Cli.Verbs;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Api;

namespace Pipeline.Cli.Submit;

/// <summary><c>pipeline train</c>: one run without a file: a sweep of one trial, put together from the command line.</summary>
internal static class TrainVerb
{
    private static readonly Argument<string> Model = new("MODEL") { Description = "A model of `pipeline models list`." };

    private static readonly Option<string> Features = new("--features") { Description = "A feature set of pipeline.yaml.", HelpName = "NAME", Required = true };

    private static readonly Option<string[]> Parameters = new("--param") { Description = "Sets a parameter of the model. May be given several times.", HelpName = "NAME=VALUE" };

    private static readonly Option<string?> Register = new("--register") { Description = "Registers what comes of it: NAME, or NAME@ALIAS. The alias is challenger else.", HelpName = "NAME" };

    private static readonly Option<int?> Epochs = new("--epochs") { Description = "Passes over the training split; as --set train.epochs=N.", HelpName = "N" };

    public static Command Create() => Verb.Of(
        "train",
        "Trains a model once, with no sweep file; --set takes the keys of one, for example train.learningRate=0.05.",
        static (context, cancellationToken) => SubmitVerb.RunAsync(context, () => TextOf(context), cancellationToken),
        [Model, Features, Parameters, Epochs, Register, .. SubmitVerb.Options]);

    private static SweepText TextOf(VerbContext context)
    {
        string model = context.Get(Model);
        StringBuilder yaml = new();
        yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $"name: train-{model}\nmodel: {model}\nfeatureSet: {context.Get(Features)}\n");
        if (context.Get(Register) is { } register)
        {
            string[] parts = register.Split('@');
            if (parts.Length > 2 || parts.Any(static p => p.Length == 0))
            {
                throw new BadInputException($"--register {register}: expected NAME or NAME@ALIAS.");
            }

            yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $"register: {{ model: {parts[0]}, alias: {parts.ElementAtOrDefault(1) ?? "challenger"} }}\n");
        }

        // What the keys take is checked where every sweep is.
        string[] overrides =
        [
            .. (context.Get(Parameters) ?? []).Select(static p => "parameters.model." + p),
            .. context.Get(Epochs) is { } epochs ? [$"train.epochs={epochs}"] : (string[])[],
            .. SubmitVerb.Overrides(context),
        ];
        return new SweepText("train", yaml.ToString(), overrides);
    }
}
