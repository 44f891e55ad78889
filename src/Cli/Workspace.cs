using Pipeline.Contracts;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Cli;

/// <summary>A deployment on this machine: the folder of its <c>pipeline.yaml</c>, and the state kept beside it.</summary>
internal sealed class Workspace
{
    private const string DefaultFile = "pipeline.yaml";

    public Workspace(string? file)
    {
        if (file is not null && !File.Exists(file))
        {
            throw new BadInputException($"There is no file '{file}' (--config). Give the path of a pipeline.yaml, or leave --config out.");
        }

        ConfigFile = Path.GetFullPath(file ?? DefaultFile);
        Folder = Path.Combine(Path.GetDirectoryName(ConfigFile)!, ".pipeline");
    }

    /// <summary>The deployment's file; it may be absent, and then the built-in defaults hold.</summary>
    public string ConfigFile { get; }

    /// <summary>The folder of everything stored.</summary>
    public string Folder { get; }

    public string StateFile => Path.Combine(Folder, "state.db");

    /// <summary>Opens the state that a sweep left here.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public async Task<StateDatabase> OpenStateAsync(CancellationToken cancellationToken) =>
        File.Exists(StateFile)
            ? await StateDatabase.OpenAsync(StateFile, cancellationToken: cancellationToken)
            : throw new BadInputException(
                $"There is no state yet: '{StateFile}' does not exist. Run `pipeline submit SWEEP` first, or run this where it was run.");

    public DirectoryBlobStore OpenBlobs() => new(Path.Combine(Folder, "blobs"));
}
