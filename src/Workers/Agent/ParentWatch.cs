using System.Runtime.InteropServices;

namespace Pipeline.Workers.Agent;

/// <summary>
/// Ends this process when the one that started it is gone, however it went. Asked for by looking, not by PR_SET_PDEATHSIG: that signal comes when
/// the thread that forked ends, and a thread of .NET's pool ends while its process lives on.
/// </summary>
internal static partial class ParentWatch
{
    private const int ExitCode = 143;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Looks until the token is cancelled.</summary>
    public static async Task RunAsync(int parentProcess, TimeProvider time, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && !OperatingSystem.IsWindows())
        {
            if (ParentProcessId() != parentProcess)
            {
                // At once, in the middle of a step: what this worker held is taken back by whoever owns the state next.
                Environment.Exit(ExitCode);
            }

            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ParentProcessId();
}
