using System.Text.RegularExpressions;

namespace Pipeline.Registry.Mlflow;

/// <summary>MLflow's limits (mlflow/utils/validation.py), so that what is taken here can be mirrored to its servers.</summary>
internal static partial class MlflowLimits
{
    public const int MaxKey = 250;
    public const int MaxParamValue = 6000;
    public const int MaxTagValue = 8000;
    public const int MaxExperimentName = 500;
    public const int MaxMetricsPerBatch = 1000;
    public const int MaxParamsPerBatch = 100;
    public const int MaxTagsPerBatch = 100;
    public const int MaxEntitiesPerBatch = 1000;
    public const int MaxDatasetsPerCall = 1000;
    public const int MaxDatasetName = 500;
    public const int MaxDatasetDigest = 36;
    public const int MaxDatasetSource = 65_535;
    public const int MaxDatasetSchema = 1_048_575;
    public const int MaxDatasetProfile = 16_777_215;

    /// <summary>Refuses what is not the key of a metric, parameter or tag.</summary>
    /// <param name="noun">Which of them, for the message.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="MlflowException">It is not.</exception>
    public static string Key(string noun, string key)
    {
        if (!Name().IsMatch(key))
        {
            throw MlflowException.Invalid(
                $"Invalid {noun} name: '{key}'. Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colons (:) and slashes (/).");
        }

        // MLflow keeps a metric in a file of its name, so no two names may mean one file.
        if (key.StartsWith('/') || key.Split('/').Any(static part => part is "" or "." or ".."))
        {
            throw MlflowException.Invalid(
                $"Invalid {noun} name: '{key}'. Names may be treated as files in certain cases, and must not resolve to other names when treated as such.");
        }

        return Length($"{noun} name", key, MaxKey);
    }

    /// <summary>Refuses what is too long.</summary>
    /// <exception cref="MlflowException">It is.</exception>
    public static string Length(string noun, string text, int max) =>
        text.Length <= max
            ? text
            : throw MlflowException.Invalid($"{noun} '{text[..Math.Min(text.Length, MaxKey)]}' had length {text.Length}, which exceeded length limit of {max}");

    /// <summary>Refuses more of a thing than one call may bring.</summary>
    /// <exception cref="MlflowException">There are more.</exception>
    public static void Count(string noun, int count, int max)
    {
        if (count > max)
        {
            throw MlflowException.Invalid(
                $"A batch logging request can contain at most {max} {noun}. Got {count} {noun}. Please split up {noun} across multiple requests and try again.");
        }
    }

    /// <summary>The tags of a call by key, the last of a key counting.</summary>
    /// <exception cref="MlflowException">A key or a value is not one.</exception>
    public static IReadOnlyDictionary<string, string> Tags(IReadOnlyList<MlflowRequest> tags)
    {
        Dictionary<string, string> byKey = new(StringComparer.Ordinal);
        foreach (MlflowRequest tag in tags)
        {
            (string key, string value) = Tag(tag);
            byKey[key] = value;
        }

        return byKey;
    }

    /// <summary>The key and the value of a tag.</summary>
    /// <exception cref="MlflowException">One is not one.</exception>
    public static (string Key, string Value) Tag(MlflowRequest tag) =>
        (Key("tag", tag.Required("key")), Length("Tag value", tag.Given("value") ?? "", MaxTagValue));

    [GeneratedRegex(@"^[/\w.\- :]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
