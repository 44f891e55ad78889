using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Pipeline.Bench;
using Pipeline.Bench.Features;
using Pipeline.Bench.Search;
using Pipeline.Bench.Training;

IBenchmark[] subjects = [new FeaturesBenchmark(), new TrainingBenchmark(), new SearchBenchmark()];
bool json = args.Contains("--json");
string? name = args.FirstOrDefault(static argument => argument != "--json");
IBenchmark[] chosen = [.. subjects.Where(subject => name is null || subject.Name == name)];
if (chosen.Length == 0)
{
    Console.Error.WriteLine($"'{name}' is no subject. Expected one of {string.Join(", ", subjects.Select(static subject => subject.Name))}, or none for all.");
    return 2;
}

List<Figure> figures = [];
foreach (IBenchmark subject in chosen)
{
    figures.AddRange(await subject.RunAsync(Console.Error.WriteLine));
}

Console.WriteLine(json ? ToJson(figures) : ToTable(figures));
return 0;

static string ToJson(IEnumerable<Figure> figures)
{
    using var buffer = new MemoryStream();
    using (var w = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
    {
        w.WriteStartObject();
        w.WriteStartObject("machine");
        w.WriteString("processor", Processor());
        w.WriteNumber("cores", Environment.ProcessorCount);
        w.WriteString("system", RuntimeInformation.OSDescription);
        w.WriteString("runtime", RuntimeInformation.FrameworkDescription);
        w.WriteEndObject();
        w.WriteStartArray("figures");
        foreach (Figure figure in figures)
        {
            w.WriteStartObject();
            w.WriteString("name", figure.Name);
            w.WriteString("unit", figure.Unit);
            Number(w, "ours", figure.Ours);
            w.WriteNumber("cores", figure.Cores);
            Number(w, "rival", figure.Rival);
            w.WriteString("rivalName", figure.RivalName);
            Number(w, "ratio", figure.Ratio);
            Number(w, "target", figure.Target);
            if (figure.Met is { } met)
            {
                w.WriteBoolean("met", met);
            }
            else
            {
                w.WriteNull("met");
            }

            w.WriteEndObject();
        }

        w.WriteEndArray();
        w.WriteEndObject();
    }

    return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
}

static void Number(Utf8JsonWriter w, string name, double? value)
{
    if (value is { } number)
    {
        w.WriteNumber(name, double.Parse(number.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }
    else
    {
        w.WriteNull(name);
    }
}

static string ToTable(IEnumerable<Figure> figures) => string.Join('\n', figures.Select(static f =>
    $"{f.Name,-50} {f.Ours,10:g4} {f.Unit,-8} {f.Ours / f.Cores,10:g4} per core  {f.RivalName}: {f.Rival?.ToString("g4", CultureInfo.InvariantCulture) ?? "not here"}  ratio {f.Ratio?.ToString("g3", CultureInfo.InvariantCulture) ?? "-"}"
    + (f.Target is null ? "" : $"  target {f.Target:g4}{(f.TargetIsRatio ? "x" : "")} {(f.Met switch { true => "met", false => "MISSED", null => "not measured" })}")));

static string Processor() => File.Exists("/proc/cpuinfo")
    ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown"
    : "unknown";
