using System.Text.RegularExpressions;
using Pipeline.Contracts;

namespace Pipeline.Registry.ModelVersions;

/// <summary>The forms of model names and aliases, as MLflow has them.</summary>
public static partial class ModelNames
{
    /// <summary>Longest name of a model, and of an alias; MLflow's limit, so that runs can be mirrored to its servers.</summary>
    public const int MaxLength = 255;

    /// <summary>Refuses what is not a model's name.</summary>
    /// <exception cref="BadInputException">It is empty, too long, or has a slash, colon or control character.</exception>
    public static void CheckModel(string name)
    {
        if (name.Length is 0 or > MaxLength || name.AsSpan().ContainsAny('/', ':', '@') || name.Any(char.IsControl))
        {
            throw new BadInputException(
                $"'{name}' is not a name for a registered model. Expected 1 to {MaxLength} characters without '/', ':', '@' and control characters.");
        }
    }

    /// <summary>Refuses what is not an alias.</summary>
    /// <exception cref="BadInputException">It is not one, or a reserved one.</exception>
    public static void CheckAlias(string alias)
    {
        if (alias.Length is 0 or > MaxLength || !Alias().IsMatch(alias))
        {
            throw new BadInputException(
                $"'{alias}' is not an alias. Expected 1 to {MaxLength} letters, digits, dashes and underscores.");
        }

        if (Reserved().IsMatch(alias))
        {
            throw new BadInputException($"The alias '{alias}' is reserved: 'latest' and v1, v2 … mean versions. Choose another, for example challenger.");
        }
    }

    [GeneratedRegex(@"^[\w-]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Alias();

    [GeneratedRegex(@"^(?:latest|v\d+)\z", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reserved();
}
