using System.ComponentModel;
using System.Diagnostics;
using Pipeline.Contracts;

namespace Pipeline.Edge.Emulation;

/// <summary>Runs compilers and emulators.</summary>
internal static class Command
{
    /// <summary>Most characters of a program's complaint that go into an error.</summary>
    private const int MaxComplaint = 2_000;

    /// <summary>Runs a program to its end and returns what it wrote to standard output.</summary>
    /// <param name="program">Its name, found on the path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="limit">Time after which it is killed.</param>
    /// <param name="packages">What to install where it is missing.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <param name="input">A file that it reads as standard input.</param>
    /// <exception cref="PipelineException">It is missing, took too long or failed.</exception>
    public static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string folder,
        TimeSpan limit,
        IEnumerable<string> packages,
        CancellationToken cancellationToken,
        string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Start(start, packages);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(limit);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(timeout.Token);
            await FeedAsync(process, input, timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            string complaint = await errors;
            return process.ExitCode == 0 ? await output : throw new PipelineException(
                $"'{program}' ended with exit code {process.ExitCode}: {Shorten(complaint)}");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PipelineException($"'{program}' was still running after {limit.TotalSeconds:F0} s and was stopped. Is the machine overloaded? Run the same command again.", e);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(ProcessStartInfo start, IEnumerable<string> packages)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new PipelineException($"Could not start '{start.FileName}': {e.Message}. Install it: apt-get install {string.Join(' ', packages)}", e);
        }
    }

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                await using FileStream file = File.OpenRead(input);
                await file.CopyToAsync(process.StandardInput.BaseStream, cancellationToken);
            }

            process.StandardInput.Close();
        }
        catch (IOException) when (input is not null)
        {
            // The program ended before it read everything; its exit code says why.
        }
    }

    private static string Shorten(string text)
    {
        string trimmed = text.Trim();
        return trimmed.Length <= MaxComplaint ? trimmed : trimmed[..MaxComplaint] + " …";
    }
}
