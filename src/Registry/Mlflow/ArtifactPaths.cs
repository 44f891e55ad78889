using Pipeline.Registry.Tracking;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>
/// Where the files of runs stand in the artifact proxy: at <c>EXPERIMENT/RUN/artifacts/PATH</c>. A path is looked up in the database and never touches
/// a file system.
/// </summary>
internal static class ArtifactPaths
{
    /// <summary>What the URI of a file in the proxy begins with.</summary>
    public const string Scheme = "mlflow-artifacts:/";

    /// <summary>Longest path of a file of a run: file systems to which clients download it take no longer ones.</summary>
    private const int MaxLength = 1000;

    /// <summary>The run that a path of the proxy is of, and the path within the run, which may be empty.</summary>
    /// <exception cref="MlflowException">The path is not one, or there is no such run.</exception>
    public static async Task<(Run Run, string Path)> ResolveAsync(StateDatabase state, string path, CancellationToken cancellationToken)
    {
        string[] parts = Checked(path).Split('/', 4);
        if (parts is not [var experiment, var id, "artifacts", ..])
        {
            throw MlflowException.NotFound($"There is no artifact '{path}'. Artifacts stand at EXPERIMENT/RUN/artifacts/PATH.");
        }

        Run run = await RunEndpoints.FindAsync(state, id, cancellationToken);
        return run.Info.Experiment.ToString() == experiment
            ? (run, parts.Length == 4 ? parts[3] : "")
            : throw MlflowException.NotFound($"Run with id={id} is not in experiment {experiment}.");
    }

    /// <summary>Gives a path back, without slashes at its end, where it is relative and goes nowhere but down.</summary>
    /// <exception cref="MlflowException">It is not.</exception>
    public static string Checked(string path)
    {
        path = path.TrimEnd('/');

        // A slash that was sent escaped stays so: what it would become counts too.
        string unescaped = Uri.UnescapeDataString(path);
        return path.StartsWith('/') || unescaped.Contains('\\') || unescaped.Split('/').Any(static part => part is ".." or ".")
            ? throw MlflowException.Invalid($"Invalid path '{path}': it must be relative and without '..'.")
            : path;
    }

    /// <summary>Gives a path back that a file can be written to.</summary>
    /// <exception cref="MlflowException">It cannot.</exception>
    public static string CheckedFile(string path) =>
        path.Length is > 0 and <= MaxLength && !path.Split('/').Contains("") && !path.Any(char.IsControl)
            ? path
            : throw MlflowException.Invalid(
                $"Invalid path '{path}': a file's path has 1 to {MaxLength} characters, no control characters and no empty parts.");
}
