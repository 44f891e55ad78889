using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Pipeline.Cli.Tests;

/// <summary>What a run of the program printed and how it ended.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    public JsonElement Json() => JsonElement.Parse(Output);
}

/// <summary>Runs the built program as a process of its own, in a folder of its own.</summary>
internal sealed class Program : IDisposable
{
    private static readonly string Assembly = Path.Combine(AppContext.BaseDirectory, "pipeline.dll");

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public string Folder { get; } = Directory.CreateTempSubdirectory("cli-").FullName;

    public void Write(string file, string text) => File.WriteAllText(Path.Combine(Folder, file), text);

    public Outcome Run(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"`pipeline {string.Join(' ', arguments)}` did not end in {Patience}. {error.Result}");
        }

        return new(process.ExitCode, output.Result, error.Result);
    }

    public Process Start(params string[] arguments)
    {
        ProcessStartInfo start = new(Linux.Interruptible[0], [.. Linux.Interruptible.Skip(1), "dotnet", Assembly, .. arguments])
        {
            WorkingDirectory = Folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["TERM"] = "dumb";
        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
