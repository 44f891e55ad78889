using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Pipeline.Bench.Training;

/// <summary>Runs <c>pytorch_rival.py</c> with the system's Python, whose torch is Debian's.</summary>
internal static class PyTorchRival
{
    private const string Python = "/usr/bin/python3";

    /// <summary>The seconds that it measured; null, said aloud, where it cannot run here.</summary>
    public static double? Seconds(Action<string> say, string input, params string[] arguments)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Training", "pytorch_rival.py");
        var start = new ProcessStartInfo(Python, ["-W", "ignore", script, .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
            {
                return JsonSerializer.Deserialize<Dictionary<string, double>>(output.Trim().Split('\n')[^1])!["seconds"];
            }

            say($"training: no rival: {errors.Result.Trim().Split('\n')[^1]}");
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            say($"training: no rival: {e.Message}");
        }

        return null;
    }
}
