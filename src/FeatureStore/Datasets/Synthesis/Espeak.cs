using System.ComponentModel;
using System.Diagnostics;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;

namespace Pipeline.FeatureStore.Datasets.Synthesis;

/// <summary>Runs espeak-ng.</summary>
internal static class Espeak
{
    private const string Program = "espeak-ng";

    // A word takes 15 ms; a process that takes this long hangs.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Its version, part of what decides the sound.</summary>
    /// <exception cref="PipelineException">It is not installed.</exception>
    public static async Task<string> VersionAsync(CancellationToken cancellationToken)
    {
        string line = (await RunAsync(["--version"], cancellationToken)).Trim();
        int data = line.IndexOf("Data at", StringComparison.Ordinal);
        return (data < 0 ? line : line[..data]).Trim();
    }

    /// <summary>Speaks a word; the samples have 22,050 Hz.</summary>
    public static async Task<float[]> SpeakAsync(string word, Voice voice, int pitch, int wordsPerMinute, string temporaryWav, CancellationToken cancellationToken)
    {
        try
        {
            // Through a file: what espeak-ng writes to a pipe has no true sizes in its header.
            await RunAsync(["-v", voice.Name, "-p", $"{pitch}", "-s", $"{wordsPerMinute}", "-w", temporaryWav, word], cancellationToken);
            AudioClip clip = AudioReader.Read(temporaryWav);
            return clip.SampleRate == Resampler.InputRate
                ? clip.Samples
                : throw new PipelineException($"{Program} made sound of {clip.SampleRate} Hz with the voice {voice.Name}. Expected {Resampler.InputRate} Hz.");
        }
        finally
        {
            File.Delete(temporaryWav);
        }
    }

    private static async Task<string> RunAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Limit);
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using Process process = Start(start);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(timeout.Token), error = process.StandardError.ReadToEndAsync(timeout.Token);
            await process.WaitForExitAsync(timeout.Token);
            return process.ExitCode == 0
                ? await output
                : throw new PipelineException($"{Program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {(await error).Trim()}");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PipelineException($"{Program} {string.Join(' ', arguments)} did not end within {Limit.TotalSeconds} s.", e);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new PipelineException($"{Program} cannot be started ({e.Message}). Synthesised speech needs it: apt-get install espeak-ng.", e);
        }
    }
}
