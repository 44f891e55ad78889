using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Pipeline.Registry.Mlflow;

/// <summary>
/// The parameters of a call: the query of a GET, where a repeated field may come once, many times or as <c>x[]=</c>; the JSON object in the body of
/// any other. Fields that nobody asks for are ignored.
/// </summary>
internal sealed class MlflowRequest
{
    /// <summary>Most bytes of a body: the limit of MLflow's own batch calls.</summary>
    public const int MaxBodyBytes = 1_000_000;

    /// <summary>Most bytes of a body that describes data sets or a model: MLflow's data set profiles may have 16 MB.</summary>
    public const int MaxLargeBodyBytes = 20_000_000;

    /// <summary>The last moment that has a date, in milliseconds since 1970: the end of the year 9999.</summary>
    private const long MaxTime = 253_402_300_799_999;

    private readonly JsonElement? _body;
    private readonly IQueryCollection _query;

    private MlflowRequest(IQueryCollection query, string user, JsonElement? body) => (_query, User, _body) = (query, user, body);

    /// <summary>Who the promotion log says it was: the name that the caller was let in by, else the client's, for MLflow's calls name nobody.</summary>
    public string User { get; }

    public static async Task<MlflowRequest> ReadAsync(HttpContext context, int maxBodyBytes)
    {
        HttpRequest request = context.Request;
        string user = context.User.Identity?.Name ?? "mlflow";
        return HttpMethods.IsGet(request.Method)
            ? new(request.Query, user, null)
            : new(request.Query, user, await ReadBodyAsync(request, maxBodyBytes, context.RequestAborted));
    }

    /// <summary>The text of the first of these fields that is there and not empty, or null.</summary>
    public string? Text(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Values(name) is [{ Length: > 0 } value, ..])
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>The text of the first of these fields that is there.</summary>
    /// <exception cref="MlflowException">None is.</exception>
    public string Required(params ReadOnlySpan<string> names) =>
        Text(names) ?? throw Missing(names[0]);

    /// <summary>The texts of a repeated field.</summary>
    public IReadOnlyList<string> Texts(string name) => Values(name);

    /// <summary>The text of a field, which may be empty; null where it is not there.</summary>
    public string? Given(string name) => Values(name) is [var value, ..] ? value : null;

    /// <summary>A whole number of 64 bits, or null.</summary>
    public long? Whole(string name) => Text(name) is not { } text
        ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw InvalidValue(name, text);

    /// <summary>A number, which may be NaN, Infinity or -Infinity.</summary>
    /// <exception cref="MlflowException">It is not there, or is no number.</exception>
    public double Number(string name)
    {
        string text = Required(name);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : throw InvalidValue(name, text);
    }

    /// <summary>A moment, in milliseconds since 1970, or null.</summary>
    public DateTimeOffset? Time(string name) => Whole(name) switch
    {
        null => null,
        >= 0 and <= MaxTime and { } time => DateTimeOffset.FromUnixTimeMilliseconds(time),
        { } time => throw MlflowException.Invalid(
            $"Invalid value {time} for parameter '{name}' supplied: Timestamp must be a nonnegative long (64-bit integer) of milliseconds since 1970, at most {MaxTime}."),
    };

    /// <summary>The objects of a repeated field.</summary>
    public IReadOnlyList<MlflowRequest> Objects(string name)
    {
        if (_body is not { } body || !body.TryGetProperty(name, out JsonElement element) || element.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        return element.ValueKind == JsonValueKind.Array && element.EnumerateArray().All(static e => e.ValueKind == JsonValueKind.Object)
            ? [.. element.EnumerateArray().Select(e => new MlflowRequest(QueryCollection.Empty, User, e))]
            : throw InvalidValue(name, element.ValueKind.ToString());
    }

    /// <summary>The object that a field holds.</summary>
    /// <exception cref="MlflowException">It is not there, or is no object.</exception>
    public MlflowRequest Object(string name)
    {
        if (_body is not { } body || !body.TryGetProperty(name, out JsonElement element))
        {
            throw Missing(name);
        }

        return element.ValueKind == JsonValueKind.Object ? new(QueryCollection.Empty, User, element) : throw InvalidValue(name, element.ValueKind.ToString());
    }

    /// <summary>A whole number from 1 to a cap.</summary>
    public int Count(string name, int otherwise, int max)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long count))
        {
            throw InvalidValue(name, text);
        }

        return count < 1 || count > max
            ? throw MlflowException.Invalid(
                $"Invalid value {count} for parameter '{name}' supplied: it must be a positive integer and at most {max}.")
            : (int)count;
    }

    /// <summary>The version number of a model version.</summary>
    public long Version() =>
        long.TryParse(Required("version"), NumberStyles.None, CultureInfo.InvariantCulture, out long version)
            ? version
            : throw MlflowException.Invalid($"Parameter 'version' must be an integer, got '{Text("version")}'.");

    /// <summary>Where a page begins: the token is the base64 of <c>{"offset": n}</c>.</summary>
    public long Offset()
    {
        if (Text("page_token") is not { } token)
        {
            return 0;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(Convert.FromBase64String(token));
            if (document.RootElement.TryGetProperty("offset", out JsonElement offset) && offset.TryGetInt64(out long value) && value >= 0)
            {
                return value;
            }
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            // Answered below, as a token of another form is.
        }

        throw MlflowException.Invalid($"Invalid page token '{token}'. Send the next_page_token of the answer before, unchanged.");
    }

    /// <summary>Cuts off the row that <see cref="Search.SqlSearch.Page"/> read beyond the page, and makes the next page's token of it.</summary>
    public static (IReadOnlyList<T> Rows, string? NextPageToken) Page<T>(IReadOnlyList<T> rows, int size, long offset) =>
        rows.Count <= size
            ? (rows, null)
            : ([.. rows.Take(size)], Convert.ToBase64String(Encoding.ASCII.GetBytes($"{{\"offset\": {offset + size}}}")));

    private IReadOnlyList<string> Values(string name)
    {
        if (_body is { } body)
        {
            return body.TryGetProperty(name, out JsonElement element) ? Values(name, element) : [];
        }

        return [.. _query[name].Concat(_query[name + "[]"]).Select(v => v ?? "")];
    }

    private static IReadOnlyList<string> Values(string name, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.String => [Text(name, element)],
        JsonValueKind.Number => [element.GetRawText()],
        JsonValueKind.Array => [.. element.EnumerateArray().SelectMany(item =>
            item.ValueKind is JsonValueKind.Array ? throw InvalidValue(name, element.GetRawText()) : Values(name, item))],
        _ => throw InvalidValue(name, element.GetRawText()),
    };

    private static string Text(string name, JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair is no text.
            throw InvalidValue(name, element.GetRawText());
        }
    }

    private static MlflowException Missing(string name) =>
        MlflowException.Invalid($"Missing value for required parameter '{name}'. See the API docs for more information about request parameters.");

    private static MlflowException InvalidValue(string name, string value) =>
        MlflowException.Invalid($"Invalid value {value} for parameter '{name}' supplied.");

    private static async Task<JsonElement> ReadBodyAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        using MemoryStream bytes = new();
        byte[] buffer = new byte[16_384];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (bytes.Length + read > maxBytes)
            {
                throw MlflowException.Invalid($"The body of the request is larger than {maxBytes} bytes. Send less at once.");
            }

            bytes.Write(buffer, 0, read);
        }

        if (bytes.Length == 0)
        {
            return JsonElement.Parse("{}");
        }

        // A page of another site can send a form without asking, but not this type: a browser asks us first, and gets no leave.
        if (!request.HasJsonContentType())
        {
            throw MlflowException.Invalid($"Bad Request. Content type must be one of ['application/json']; found '{request.ContentType}'.");
        }

        try
        {
            JsonElement body = JsonElement.Parse(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));

            // Old clients send the JSON text as a JSON string.
            body = body.ValueKind == JsonValueKind.String ? JsonElement.Parse(Text("body", body)) : body;
            return body.ValueKind == JsonValueKind.Object ? body : throw MlflowException.Invalid("The body of the request is not a JSON object.");
        }
        catch (JsonException e)
        {
            throw MlflowException.Invalid($"The body of the request is not JSON: {e.Message}");
        }
    }
}
