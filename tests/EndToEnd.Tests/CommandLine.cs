using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Pipeline.EndToEnd.Tests;

/// <summary>What a finished command left: its exit code and what it printed.</summary>
internal sealed record Outcome(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public override string ToString() => $"exit {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}

/// <summary>The built command line, run as a process in a folder of its own, as a person runs it.</summary>
/// <param name="folder">The folder that it is run in.</param>
/// <param name="before">Words before the command, for example those that run it on another machine of a <see cref="NetworkNamespaces"/>.</param>
/// <param name="environment">Variables beside this process' own.</param>
internal sealed class CommandLine(string folder, IReadOnlyList<string>? before = null, IReadOnlyDictionary<string, string>? environment = null)
{
    /// <summary>No command of these tests needs longer on two busy cores; a longer one hangs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>The program.</summary>
    public static readonly string Program = FindProgram();

    public Outcome Run(params string[] arguments)
    {
        using Running running = Start(arguments);
        return running.Wait();
    }

    public Running Start(params string[] arguments)
    {
        string[] command = [.. before ?? [], .. Linux.Interruptible, "dotnet", Program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new Running(Process.Start(start)!);
    }

    private static string FindProgram()
    {
        // .artifacts/bin/EndToEnd.Tests/release/ stands beside .artifacts/bin/Cli/release/.
        string configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Cli", configuration, "pipeline.dll"));
    }

    /// <summary>A command under way.</summary>
    internal sealed class Running : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _output = new();
        private readonly StringBuilder _error = new();
        private readonly TaskCompletionSource _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Running(Process process)
        {
            _process = process;
            process.OutputDataReceived += (_, line) => Append(_output, line.Data);
            process.ErrorDataReceived += (_, line) => Append(_error, line.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public int Id => _process.Id;

        public bool WaitFor(TimeSpan time) => _process.WaitForExit(time);

        public Outcome Wait()
        {
            if (!_process.WaitForExit(Limit))
            {
                _process.Kill(entireProcessTree: true);
                throw new TimeoutException($"The command did not end within {Limit}.\n{_output}\n{_error}");
            }

            _process.WaitForExit();
            return new Outcome(_process.ExitCode, _output.ToString(), _error.ToString());
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
        }

        /// <summary>Waits until something was printed.</summary>
        public void WaitForLine() => _line.Task.Wait(Limit);

        private void Append(StringBuilder text, string? line)
        {
            if (line is not null)
            {
                lock (text)
                {
                    text.Append(line).Append('\n');
                }

                _line.TrySetResult();
            }
        }
    }
}
