using System.Runtime.InteropServices;

namespace Pipeline.Testing;

/// <summary>What the tests ask of the operating system.</summary>
public static partial class Linux
{
    private const int SigKill = 9;
    private const int SigInt = 2;
    private const int SigQuit = 3;
    private const int SigTerm = 15;

    /// <summary>
    /// Words before a command that is to hear Ctrl-C: a shell that runs its commands in the background without job control has them ignore it, and what
    /// is ignored stays so in their children.
    /// </summary>
    public static IReadOnlyList<string> Interruptible { get; } = ["env", "--default-signal=INT"];

    /// <summary>kill -9: no handler runs, nothing is flushed.</summary>
    public static void KillNine(int process) => Kill(process, SigKill);

    /// <summary>What Ctrl-C sends.</summary>
    public static void Interrupt(int process) => Kill(process, SigInt);

    /// <summary>What ends PostgreSQL at once, as a crash would.</summary>
    public static void Quit(int process) => Kill(process, SigQuit);

    /// <summary>What asks a process to end in order.</summary>
    public static void Terminate(int process) => Kill(process, SigTerm);

    /// <summary>The live processes begun by a process, found in /proc.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent)
    {
        List<int> children = [];
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out int process) && ParentOf(process) == parent)
            {
                children.Add(process);
            }
        }

        return children;
    }

    /// <summary>Whether a process runs; one that ended and was not waited for does not.</summary>
    public static bool IsAlive(int process) => ParentOf(process) >= 0;

    /// <summary>The parent's id, or -1 where the process is gone or a zombie.</summary>
    private static int ParentOf(int process)
    {
        try
        {
            // "pid (name) state ppid …"; the name may hold anything but ends at the last parenthesis.
            string stat = File.ReadAllText($"/proc/{process}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? -1 : int.Parse(fields[1]);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
