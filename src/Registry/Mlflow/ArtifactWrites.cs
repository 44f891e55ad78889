using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Pipeline.Contracts;
using Pipeline.Registry.Tracking;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Registry.Mlflow;

/// <summary>
/// Files that clients keep with runs, through the artifact proxy. Each upload is a blob of its own, named in the database once it is whole: a reader
/// sees the old file or the new one, also after a crash. What a trial wrote itself is neither replaced nor deleted: model versions are made of it.
/// </summary>
internal sealed class ArtifactWrites(StateDatabase state, IBlobStore blobs)
{
    /// <summary>Most bytes of a file: the largest speech models fit, and a runaway client does not fill the disk with one call.</summary>
    private const long MaxBytes = 8L << 30;

    private const int CopyBuffer = 1 << 17;

    public void Map(MlflowRoutes routes)
    {
        routes.MapArtifacts("PUT", "/{**path}", PutAsync);
        routes.MapArtifacts("DELETE", "/{**path}", DeleteAsync);
    }

    private async Task PutAsync(HttpContext context)
    {
        (RunId run, string path) = await FindAsync(context);
        ArtifactPaths.CheckedFile(path);
        LiftBodyLimit(context);
        await state.ReadAsync(t => CheckAsync(t, run, path), context.RequestAborted);
        string blob = FolderOf(run) + RandomNumberGenerator.GetHexString(32, lowercase: true);
        await blobs.PutFileAsync(
            blob,
            async (file, cancellationToken) =>
            {
                await using FileStream stream = new(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
                await context.Request.Body.CopyToAsync(stream, CopyBuffer, cancellationToken);
            },
            context.RequestAborted);
        string? replaced;
        try
        {
            replaced = await state.WriteAsync(
                async t =>
                {
                    RunArtifact? before = await CheckAsync(t, run, path);
                    await new RunStore(t).SetArtifactAsync(run, path, blob);
                    return before?.Blob;
                },
                context.RequestAborted);
        }
        catch
        {
            await blobs.DeleteAsync(blob, CancellationToken.None);
            throw;
        }

        await ForgetAsync(replaced is null ? [] : [replaced]);
        await AnswerAsync(context);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        (RunId run, string path) = await FindAsync(context);
        ArtifactPaths.CheckedFile(path);
        IReadOnlyList<string> gone = await state.WriteAsync(
            async t =>
            {
                await RunEndpoints.FindActiveAsync(t, run.Value);
                RunStore runs = new(t);
                RunArtifact[] files = [.. (await runs.ArtifactsAsync(run)).Where(a => a.Path == path || IsWithin(a.Path, path))];
                foreach (RunArtifact file in files)
                {
                    CheckIsClients(run, file);
                    await runs.DeleteArtifactAsync(run, file.Path);
                }

                return files.Select(static f => f.Blob).ToArray();
            },
            context.RequestAborted);
        await ForgetAsync(gone);
        await AnswerAsync(context);
    }

    private async Task<(RunId Run, string Path)> FindAsync(HttpContext context)
    {
        (Run run, string path) = await ArtifactPaths.ResolveAsync(state, (string)context.Request.RouteValues["path"]!, context.RequestAborted);
        return (run.Info.Id, path);
    }

    /// <summary>Whether a file can be written; gives the one that it replaces, if any.</summary>
    private static async Task<RunArtifact?> CheckAsync(StateTransaction transaction, RunId run, string path)
    {
        await RunEndpoints.FindActiveAsync(transaction, run.Value);
        RunArtifact? before = null;
        foreach (RunArtifact file in await new RunStore(transaction).ArtifactsAsync(run))
        {
            if (IsWithin(file.Path, path) || IsWithin(path, file.Path))
            {
                throw MlflowException.Invalid($"Invalid path '{path}': the run has a file '{file.Path}', and a file is no folder.");
            }

            before = file.Path == path ? file : before;
        }

        if (before is not null)
        {
            CheckIsClients(run, before);
        }

        return before;
    }

    private static void CheckIsClients(RunId run, RunArtifact file)
    {
        if (!file.Blob.StartsWith(FolderOf(run), StringComparison.Ordinal))
        {
            throw MlflowException.Invalid($"The file '{file.Path}' of run {run} was written by the trial itself and stays as it is. Choose another path.");
        }
    }

    // The database names them no longer; dying before this is done leaves bytes that nobody reads.
    private async Task ForgetAsync(IEnumerable<string> gone)
    {
        foreach (string blob in gone)
        {
            await blobs.DeleteAsync(blob, CancellationToken.None);
        }
    }

    private static void LiftBodyLimit(HttpContext context)
    {
        if (context.Request.ContentLength > MaxBytes)
        {
            throw MlflowException.Invalid($"The file has {context.Request.ContentLength} bytes. Expected at most {MaxBytes}.");
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxBytes;
        }
    }

    private static Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync("{}", context.RequestAborted);
    }

    private static bool IsWithin(string path, string folder) => path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string FolderOf(RunId run) => $"runs/{run}/files/";
}
