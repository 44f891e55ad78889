using System.Text.RegularExpressions;
using Pipeline.Contracts;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>Puts environment variables in the place of <c>${NAME}</c>: only where a value is used, so that one that is not used need not be set.</summary>
internal static partial class Variables
{
    /// <summary>The text of a key with its variables looked up, or null where there is no such key.</summary>
    /// <exception cref="BadInputException">A variable is not set.</exception>
    public static string? Expand(ConfigFile file, ConfigMap map, string key) => map.Find(key) is YamlScalarNode ? Expand(file, map.Find(key)!) : null;

    /// <summary>A scalar's text with its variables looked up.</summary>
    /// <exception cref="BadInputException">A variable is not set.</exception>
    public static string Expand(ConfigFile file, YamlNode scalar)
    {
        string text = ConfigMap.Value(scalar).ToString();
        return Variable().Replace(text, match => Environment.GetEnvironmentVariable(match.Groups["name"].Value) is { Length: > 0 } value
            ? value
            : throw new BadInputException(
                $"{file.Path}:{scalar.Start.Line}: '{text}' needs the environment variable {match.Groups["name"].Value}, which is not set. " +
                $"Set it: export {match.Groups["name"].Value}=VALUE."));
    }

    [GeneratedRegex(@"\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
