using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Pipeline.Contracts;
using Pipeline.Registry.ModelVersions;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>
/// The files of runs: their list, their bytes, and the artifact proxy, in which a run's files stand at <c>EXPERIMENT/RUN/artifacts/PATH</c>. A path
/// is looked up in the database and never touches a file system.
/// </summary>
internal sealed class ArtifactEndpoints(StateDatabase state, IBlobStore blobs)
{
    public void Map(MlflowRoutes routes)
    {
        routes.Map("GET", "artifacts/list", MlflowJson.Default.FilesResponse, ListAsync);
        routes.MapArtifacts("GET", "", ListProxyAsync);
        routes.MapArtifacts("GET", "/{**path}", SendProxyAsync);
        routes.MapRaw("GET", "/get-artifact", async (context, request) =>
            await SendAsync(context, await FindRunAsync(request, context), request.Required("path")));
        routes.MapRaw("GET", "/model-versions/get-artifact", SendOfVersionAsync);
    }

    private async Task<FilesResponse> ListAsync(MlflowRequest request, CancellationToken cancellationToken)
    {
        Run run = await RunEndpoints.FindAsync(state, request.Required("run_id", "run_uuid"), cancellationToken);
        IReadOnlyList<FileMessage> files = await FilesAsync(run, ArtifactPaths.Checked(request.Text("path") ?? ""), cancellationToken);
        return new(run.Info.ArtifactUri, files.Count == 0 ? null : files);
    }

    private async Task ListProxyAsync(HttpContext context)
    {
        (Run run, string folder) = await ArtifactPaths.ResolveAsync(state, context.Request.Query["path"].FirstOrDefault() ?? "", context.RequestAborted);
        IReadOnlyList<FileMessage> files = await FilesAsync(run, folder, context.RequestAborted);

        // The proxy names files within the folder asked for; the client joins the two.
        FileMessage[] named = [.. files.Select(f => f with { Path = f.Path[(f.Path.LastIndexOf('/') + 1)..] })];
        await context.Response.WriteAsJsonAsync(
            new FilesResponse(null, named.Length == 0 ? null : named), MlflowJson.Default.FilesResponse, "application/json", context.RequestAborted);
    }

    private async Task SendProxyAsync(HttpContext context)
    {
        (Run run, string path) = await ArtifactPaths.ResolveAsync(state, (string)context.Request.RouteValues["path"]!, context.RequestAborted);
        await SendAsync(context, run, path);
    }

    private async Task SendOfVersionAsync(HttpContext context, MlflowRequest request)
    {
        ModelVersion version = await ModelVersionEndpoints.FindAsync(state, request, context.RequestAborted);
        if (!version.Source.StartsWith(ArtifactPaths.Scheme, StringComparison.Ordinal))
        {
            throw MlflowException.Invalid($"The files of version {version.Version} of '{version.Name}' are not kept here but at '{version.Source}'.");
        }

        (Run run, string folder) = await ArtifactPaths.ResolveAsync(state, version.Source[ArtifactPaths.Scheme.Length..], context.RequestAborted);
        await SendAsync(context, run, $"{folder}/{request.Required("path")}".TrimStart('/'));
    }

    private Task<Run> FindRunAsync(MlflowRequest request, HttpContext context) =>
        RunEndpoints.FindAsync(state, request.Required("run_id", "run_uuid"), context.RequestAborted);

    /// <summary>The files and folders directly within a folder, paths from the run's root.</summary>
    private async Task<IReadOnlyList<FileMessage>> FilesAsync(Run run, string folder, CancellationToken cancellationToken)
    {
        string prefix = folder.Length == 0 ? "" : folder + "/";
        SortedDictionary<string, FileMessage> files = new(StringComparer.Ordinal);
        foreach (RunArtifact artifact in await ArtifactsAsync(run, cancellationToken))
        {
            if (!artifact.Path.StartsWith(prefix, StringComparison.Ordinal))
            {
                continue;
            }

            int slash = artifact.Path.IndexOf('/', prefix.Length);
            string path = slash < 0 ? artifact.Path : artifact.Path[..slash];
            files[path] = new(path, slash >= 0, slash >= 0 ? null : new FileInfo(await FileAsync(artifact, cancellationToken)).Length);
        }

        return [.. files.Values];
    }

    private async Task SendAsync(HttpContext context, Run run, string path)
    {
        path = ArtifactPaths.Checked(path);
        RunArtifact artifact = (await ArtifactsAsync(run, context.RequestAborted)).FirstOrDefault(a => a.Path == path)
            ?? throw MlflowException.NotFound($"Run with id={run.Info.Id} has no artifact '{path}'.");
        string file = await FileAsync(artifact, context.RequestAborted);
        context.Response.ContentType = Path.GetExtension(path) switch
        {
            ".txt" or ".log" or ".yaml" => "text/plain; charset=utf-8",
            ".json" => "application/json",
            _ => "application/octet-stream",
        };
        context.Response.Headers.XContentTypeOptions = "nosniff";
        ContentDispositionHeaderValue disposition = new("attachment");
        disposition.SetHttpFileName(Path.GetFileName(path));
        context.Response.Headers.ContentDisposition = disposition.ToString();
        await context.Response.SendFileAsync(file, context.RequestAborted);
    }

    private Task<IReadOnlyList<RunArtifact>> ArtifactsAsync(Run run, CancellationToken cancellationToken) =>
        state.ReadAsync(t => new RunStore(t).ArtifactsAsync(run.Info.Id), cancellationToken);

    private async Task<string> FileAsync(RunArtifact artifact, CancellationToken cancellationToken) =>
        await blobs.TryGetFileAsync(artifact.Blob, cancellationToken)
        ?? throw new CorruptDataException($"The blob '{artifact.Blob}' of the artifact '{artifact.Path}' is gone from the blob store.");
}
