using System.CommandLine;
using System.Text.RegularExpressions;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets.Fetching;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline data fetch</c>: published archives, checked and unpacked.</summary>
internal static partial class DataFetchVerb
{
    /// <summary>Lines of progress where it is not a terminal.</summary>
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);

    private static readonly Argument<string> Name = new("NAME")
    {
        Description = "An archive: " + string.Join("; ", KnownArchive.All.Select(static a => $"{a.Name}, {a.Doc}")) + ".",
    };

    private static readonly Option<string?> To = new("--to") { Description = "The folder that it is unpacked into, under its name. Default: PIPELINE_DATA, or .pipeline/data.", HelpName = "FOLDER" };

    private static readonly Option<string?> Url = new("--url") { Description = "Another place that has the same archive.", HelpName = "URL" };

    private static readonly Option<string?> Sha256 = new("--sha256") { Description = "The SHA-256 that it must have, where we do not know it.", HelpName = "HEX" };

    public static Command Create() => Verb.Of("fetch", "Fetches a published archive, goes on where it was cut off, checks and unpacks it.", RunAsync, Name, To, Url, Sha256);

    private static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        KnownArchive archive = KnownArchive.Get(context.Get(Name));
        string sha256 = HashOf(context, archive);
        string parent = Path.GetFullPath(context.Get(To) ?? (Environment.GetEnvironmentVariable("PIPELINE_DATA") is { Length: > 0 } data ? data : context.Workspace.DataFolder));
        string folder = Path.Combine(parent, archive.Name);
        string file = folder + ".tar.gz";
        int files = 0;
        if (!Directory.Exists(folder))
        {
            if (!File.Exists(file))
            {
                using HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
                await new Download(http).RunAsync(UrlOf(context, archive), file, sha256, archive.Bytes, new Progress(context.Printer), cancellationToken);
            }

            context.Printer.Note($"unpacking {file}");
            files = await TarUnpacker.UnpackAsync(file, folder, new UnpackLimits(), cancellationToken);
        }

        // Also where an earlier call was killed between the two.
        File.Delete(file);
        context.Printer.Result(new FetchReport(archive.Name, folder, files, archive.Licence), CliJson.Default.FetchReport, writer =>
        {
            writer.WriteLine(files > 0 ? $"{folder}: {Format.Count(files)} files" : $"{folder} is there already");
            writer.WriteLine($"licence: {archive.Licence}");
        });
    }

    private static string HashOf(VerbContext context, KnownArchive archive)
    {
        string? given = context.Get(Sha256);
        if (given is not null && !HashForm().IsMatch(given))
        {
            throw new BadInputException($"--sha256 {given}: expected 64 hex digits.");
        }

        if (given is not null && archive.Sha256 is { } known && !known.Equals(given, StringComparison.OrdinalIgnoreCase))
        {
            throw new BadInputException($"--sha256 {given}: {archive.Name} has {known}. Leave the option out.");
        }

        return archive.Sha256 ?? given ?? throw new BadInputException($"The SHA-256 of {archive.Name} is not known here. Give it: --sha256 HEX, from whoever you have the archive's name from.");
    }

    private static Uri UrlOf(VerbContext context, KnownArchive archive) => context.Get(Url) is not { } text
        ? archive.Url
        : Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? url
            : throw new BadInputException($"--url {text}: expected an address that begins with https:// or http://.");

    [GeneratedRegex("^[0-9a-fA-F]{64}$")]
    private static partial Regex HashForm();

    /// <summary>A line now and then; the hash tells what came, so plain HTTP is as good.</summary>
    private sealed class Progress(Printer printer) : IProgress<DownloadProgress>
    {
        private readonly long _started = TimeProvider.System.GetTimestamp();
        private long _said;
        private long _first = -1;

        public void Report(DownloadProgress value)
        {
            _first = _first < 0 ? value.Bytes : _first;
            if (_said != 0 && TimeProvider.System.GetElapsedTime(_said) < SayEvery)
            {
                return;
            }

            _said = TimeProvider.System.GetTimestamp();
            double rate = (value.Bytes - _first) / Math.Max(TimeProvider.System.GetElapsedTime(_started).TotalSeconds, 1e-3);
            string left = value.Total is { } total && rate > 0 ? $", about {Format.Duration(TimeSpan.FromSeconds((total - value.Bytes) / rate))} left" : "";
            printer.Note($"fetched {Format.Bytes(value.Bytes)}{(value.Total is { } all ? $" of {Format.Bytes(all)}" : "")}{left}");
        }
    }
}
