namespace Pipeline.Storage.Blobs;

/// <summary>
/// A lock among all processes of a machine, held while a blob's name changes hands: an empty file that the system locks, and lets go of when the process
/// dies.
/// </summary>
internal sealed class StoreLock
{
    // A rename takes microseconds.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly string _path;

    /// <summary>Takes the file, which is created here: where the disk is full later, blobs can still be deleted.</summary>
    public StoreLock(string path)
    {
        _path = path;
        if (!File.Exists(path))
        {
            new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
        }
    }

    /// <summary>Waits for the lock; disposing what comes lets go of it.</summary>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException))
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }
}
