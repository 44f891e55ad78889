using Pipeline.Contracts;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>Reads the values of a map that was checked against its shape.</summary>
internal sealed class ConfigMap(YamlMappingNode node)
{
    /// <summary>The map itself, for problems.</summary>
    public YamlMappingNode Node => node;

    /// <summary>The keys and values in the order of the file.</summary>
    public IEnumerable<(string Key, YamlNode Value)> Entries => node.Children.Select(static c => (((YamlScalarNode)c.Key).Value!, c.Value));

    /// <summary>The value of a scalar: what stands plainly is a number or a switch where it reads as one, what is quoted is text; null where nothing stands.</summary>
    public static ParameterValue? Value(YamlScalarNode scalar)
    {
        if (scalar.Style != ScalarStyle.Plain)
        {
            return scalar.Value ?? "";
        }

        return scalar.Value is null or "" or "~" or "null" ? (ParameterValue?)null : ParameterValue.Parse(scalar.Value);
    }

    /// <summary>The value of a scalar that was checked.</summary>
    public static ParameterValue Value(YamlNode scalar) => Value((YamlScalarNode)scalar)!.Value;

    /// <summary>The values of a list of scalars.</summary>
    public static IReadOnlyList<ParameterValue> Values(YamlNode list) => [.. ((YamlSequenceNode)list).Children.Select(Value)];

    /// <summary>The node of a key, or null.</summary>
    public YamlNode? Find(string key) => node.Children.TryGetValue(key, out YamlNode? value) ? value : null;

    /// <summary>The map of a key, or null.</summary>
    public ConfigMap? Map(string key) => Find(key) is YamlMappingNode map ? new ConfigMap(map) : null;

    /// <summary>The text of a key, or null.</summary>
    public string? Text(string key) => Find(key) is YamlScalarNode scalar ? Value(scalar)!.Value.ToString() : null;

    /// <summary>The number of a key, or the default.</summary>
    public double Number(string key, double standard) => Find(key) is { } value ? Value(value).AsNumber() : standard;

    /// <summary>The word of a key as the enum's member, or the default.</summary>
    public TEnum Word<TEnum>(string key, TEnum standard)
        where TEnum : struct, Enum => Text(key) is { } text ? StateName.Parse<TEnum>(text) : standard;
}
