using System.Text.Json.Nodes;

namespace Pipeline.Orchestrator.Configuration;

/// <summary>Writes the JSON schemas (draft 2020-12) of the two files, which editors use for completion.</summary>
public static class JsonSchema
{
    /// <summary>The schema of a sweep file.</summary>
    public static JsonObject Sweep() => Document(SweepKeys.Sweep, "A sweep of pipeline.");

    /// <summary>The schema of pipeline.yaml.</summary>
    public static JsonObject Deployment() => Document(Configuration.Deployment.Shape, "A deployment of pipeline.");

    private static JsonObject Document(MapShape shape, string title)
    {
        JsonObject schema = new() { ["$schema"] = "https://json-schema.org/draft/2020-12/schema", ["title"] = title };
        foreach ((string name, JsonNode? value) in Of(shape).ToArray())
        {
            schema[name] = value?.DeepClone();
        }

        return schema;
    }

    private static JsonObject Of(Shape shape) => shape switch
    {
        TextShape { Pattern: { } pattern } => new() { ["type"] = "string", ["pattern"] = $"^(?:{pattern})$" },
        TextShape or PathShape => new() { ["type"] = "string" },
        NumberShape number => new() { ["type"] = number.Whole ? "integer" : "number", ["minimum"] = number.Min, ["maximum"] = number.Max },
        WordShape words => new() { ["enum"] = new JsonArray([.. words.Words.Select(static w => JsonValue.Create(w))]) },
        ScalarShape => new() { ["type"] = new JsonArray("number", "string", "boolean") },
        ListShape list => new() { ["type"] = "array", ["items"] = Of(list.Item), ["minItems"] = list.Min, ["maxItems"] = list.Max },
        NamesShape names => new() { ["type"] = "object", ["additionalProperties"] = Of(names.Value) },
        EitherShape either => new() { ["anyOf"] = new JsonArray(Of(either.Single), Of(either.Many)) },
        MapShape map => Of(map),
        _ => throw new InvalidOperationException($"The shape {shape.GetType().Name} has no schema."),
    };

    private static JsonObject Of(MapShape map)
    {
        JsonObject properties = [];
        foreach (Key key in map.Keys)
        {
            JsonObject property = Of(key.Shape);
            property["description"] = key.Doc;
            if (key.Default is { } standard)
            {
                property["default"] = standard switch
                {
                    string text => JsonValue.Create(text),
                    IConvertible number => JsonValue.Create(number.ToDouble(null)),
                    _ => throw new InvalidOperationException($"The default of '{key.Name}' is neither a number nor a word."),
                };
            }

            properties[key.Name] = property;
        }

        JsonObject schema = new() { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        string[] required = [.. map.Keys.Where(static k => k.IsRequired).Select(static k => k.Name)];
        if (required.Length > 0)
        {
            schema["required"] = new JsonArray([.. required.Select(static r => JsonValue.Create(r))]);
        }

        if (map.IsChoice)
        {
            schema["minProperties"] = 1;
            schema["maxProperties"] = 1;
        }

        return schema;
    }
}
