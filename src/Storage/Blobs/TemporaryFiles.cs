using System.Globalization;

namespace Pipeline.Storage.Blobs;

/// <summary>Names for files that are being written, in a folder of their own. Each begins with the number of the process that writes it.</summary>
internal sealed class TemporaryFiles
{
    private static long s_counter;

    private readonly string _folder;

    /// <summary>Takes the folder, which is created, and removes what dead processes left in it.</summary>
    public TemporaryFiles(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
        RemoveLeftovers();
    }

    /// <summary>A path that nobody else uses; there is no such file yet.</summary>
    public string Next() => Path.Combine(_folder, $"{Environment.ProcessId}-{Interlocked.Increment(ref s_counter)}");

    /// <summary>Removes files of processes that are gone; those of living ones are being written.</summary>
    private void RemoveLeftovers()
    {
        foreach (string file in Directory.EnumerateFiles(_folder))
        {
            string owner = Path.GetFileName(file).Split('-')[0];
            if (OperatingSystem.IsLinux() && int.TryParse(owner, CultureInfo.InvariantCulture, out int process) && !Directory.Exists($"/proc/{process}"))
            {
                File.Delete(file);
            }
        }
    }
}
