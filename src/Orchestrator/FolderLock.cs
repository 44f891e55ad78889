using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator;

/// <summary>
/// The right to write a state folder. The system takes it back when the process ends, however it ends, so a kill -9 leaves no stale lock.
/// </summary>
public sealed class FolderLock : IDisposable
{
    private readonly FileStream _file;

    private FolderLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="PipelineException">Another process has it; the message names it.</exception>
    public static FolderLock Take(string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, "lock");
        string ownerPath = Path.Combine(folder, "lock.pid");
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(path))
        {
            string owner = File.Exists(ownerPath) ? $"process {File.ReadAllText(ownerPath)}" : "another process";
            throw new PipelineException(
                $"The state folder '{folder}' is in use by {owner}. Wait until it has ended, or end it; or give this one another state folder in pipeline.yaml.", e);
        }

        File.WriteAllText(ownerPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new FolderLock(file);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
