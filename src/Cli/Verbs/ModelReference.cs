using System.CommandLine;
using System.Globalization;
using Pipeline.Contracts;
using Pipeline.Registry.ModelVersions;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary>Finds the model version that a person means.</summary>
internal static class ModelReference
{
    /// <summary>The argument of the verbs that take one.</summary>
    public static Argument<string> Argument() => Checked(new Argument<string>("MODEL") { Description = "A registered model: NAME@ALIAS or NAME@VERSION." });

    /// <summary>The argument, refused while the command line is read where it is not of that form.</summary>
    public static Argument<T> Checked<T>(Argument<T> argument)
    {
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { } text }] && !TryParse(text, out _))
            {
                result.AddError(Expectation(text));
            }
        });
        return argument;
    }

    /// <summary>The name and the alias or version of a text.</summary>
    /// <exception cref="BadInputException">It is not of that form.</exception>
    public static (string Name, string Which) Parse(string text) => TryParse(text, out (string, string) parts) ? parts : throw new BadInputException(Expectation(text));

    /// <summary>The version.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static Task<ModelVersion> FindAsync(StateDatabase state, string text, CancellationToken cancellationToken)
    {
        (string name, string which) = Parse(text);
        return state.ReadAsync(
            async t =>
            {
                ModelStore models = new(t);
                ModelVersion? found = long.TryParse(which, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                    ? await models.FindVersionAsync(name, number)
                    : await models.FindByAliasAsync(name, which);
                IEnumerable<string> known = (await models.ListModelsAsync()).SelectMany(m => m.Aliases.Keys.Select(alias => $"{m.Name}@{alias}"));
                return found ?? throw new BadInputException($"There is no model '{text}'. {NearestName.Suggest(text, [.. known])}");
            },
            cancellationToken);
    }

    private static bool TryParse(string text, out (string Name, string Which) parts)
    {
        parts = text.Split('@') is [{ Length: > 0 } name, { Length: > 0 } which] ? (name, which) : default;
        return parts.Name is not null;
    }

    private static string Expectation(string text) =>
        $"'{text}' is not a registered model. Expected NAME@ALIAS or NAME@VERSION, for example kws@challenger.";
}
