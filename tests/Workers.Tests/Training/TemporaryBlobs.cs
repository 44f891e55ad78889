using Pipeline.Storage.Blobs;

namespace Pipeline.Workers.Tests.Training;

/// <summary>A folder of blobs that is deleted after the test.</summary>
internal sealed class TemporaryBlobs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-blobs-").FullName;

    public TemporaryBlobs() => Store = new DirectoryBlobStore(_folder);

    public DirectoryBlobStore Store { get; }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
