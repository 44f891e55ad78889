using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Pipeline.Bench.Training;

/// <summary><c>pytorch_rival.py</c>, run by the system's Python, whose torch is Debian's. It lives until it is disposed of, so that it takes turns with us.</summary>
internal sealed class PyTorchRival : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly Process _process;
    private readonly Task<string> _errors;

    private PyTorchRival(Process process) => (_process, _errors) = (process, process.StandardError.ReadToEndAsync());

    /// <summary>Starts it; null, said aloud, where there is no Python.</summary>
    public static PyTorchRival? Start(Action<string> say, params string[] arguments)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Training", "pytorch_rival.py");
        var start = new ProcessStartInfo(Python, ["-W", "ignore", script, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        try
        {
            return new(Process.Start(start)!);
        }
        catch (Win32Exception e)
        {
            say($"training: no rival: {e.Message}");
            return null;
        }
    }

    /// <summary>The seconds that it measured for a line of input, or for all of it; null, said aloud, where it failed.</summary>
    /// <param name="say">Takes what went wrong.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="last">Whether nothing more comes.</param>
    public double? Seconds(Action<string> say, string input, bool last)
    {
        try
        {
            _process.StandardInput.Write(input);
            _process.StandardInput.Flush();
            if (last)
            {
                _process.StandardInput.Close();
            }

            if (_process.StandardOutput.ReadLine() is { } answer)
            {
                return JsonSerializer.Deserialize<Dictionary<string, double>>(answer)!["seconds"];
            }
        }
        catch (IOException)
        {
            // It ended before it read everything; its own words follow.
        }

        say($"training: no rival: {_errors.Result.Trim().Split('\n')[^1]}");
        return null;
    }

    /// <summary>The median seconds of a number of steps.</summary>
    public double? StepSeconds(Action<string> say, int steps) => Seconds(say, string.Create(CultureInfo.InvariantCulture, $"{steps}\n"), last: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
