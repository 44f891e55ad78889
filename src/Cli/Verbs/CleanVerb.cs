using System.CommandLine;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Sweeps;
using Pipeline.Storage.Blobs;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline clean</c>: frees what can be made again. Runs and models stay, unless everything is to go.</summary>
internal static class CleanVerb
{
    private static readonly Option<bool> All = new("--all") { Description = "Deletes runs, metrics and registered models too." };

    public static Command Create() => Verb.Of(
        "clean", "Deletes what can be made again: synthetic recordings, feature shards, checkpoints of sweeps that ended.", RunAsync, All);

    private static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        Deployment deployment = context.Workspace.Deployment;
        if (deployment.IsShared)
        {
            throw new BadInputException(
                $"{context.Workspace.File}: state or blobs are on servers that others use too, so clean deletes nothing. Only those of one machine are cleaned.");
        }

        if (!Directory.Exists(deployment.StateFolder) && !Directory.Exists(deployment.BlobFolder))
        {
            context.Printer.Result(new CleanReport([], 0), CliJson.Default.CleanReport, writer => writer.WriteLine("There is nothing to delete."));
            return;
        }

        using FolderLock folderLock = FolderLock.Take(deployment.StateFolder);
        bool all = context.Get(All);
        if (!all)
        {
            await RefuseUnfinishedAsync(context, cancellationToken);
        }

        List<string> deleted = [];
        long bytes = await DeleteBlobsAsync(await context.Workspace.OpenBlobsAsync(cancellationToken), all, deleted, cancellationToken);
        string[] paths = all ? [context.Workspace.DataFolder, .. StateFiles(context.Workspace.StateFile)] : [context.Workspace.DataFolder];
        bytes += paths.Sum(path => DeletePath(path, deleted));
        context.Printer.Result(new CleanReport(deleted, bytes), CliJson.Default.CleanReport, writer =>
            writer.WriteLine($"Deleted {Format.Bytes(bytes)}: {deleted.Count} files and folders."));
    }

    // The trials of an unfinished sweep go on from their checkpoints and read its shards.
    private static async Task RefuseUnfinishedAsync(VerbContext context, CancellationToken cancellationToken)
    {
        if (!File.Exists(context.Workspace.StateFile))
        {
            return;
        }

        await using StateDatabase state = await context.Workspace.OpenStateAsync(cancellationToken);
        SweepSummary? unfinished = (await new SweepQueries(state).ListAsync(cancellationToken)).FirstOrDefault(s => !Lifecycles.Sweep.IsFinal(s.State));
        if (unfinished is not null)
        {
            throw new BadInputException(
                $"Sweep {unfinished.Id} is not finished and would lose its checkpoints. Submit it again to finish it, or delete everything with --all.");
        }
    }

    private static async Task<long> DeleteBlobsAsync(IBlobStore blobs, bool all, List<string> deleted, CancellationToken cancellationToken)
    {
        long bytes = 0;
        foreach (string prefix in new[] { "features/", "trials/", "runs/" })
        {
            foreach (string key in await blobs.ListAsync(prefix, cancellationToken))
            {
                bool again = prefix == "features/" || Path.GetFileName(key).StartsWith("checkpoint-", StringComparison.Ordinal);
                if ((again || all) && await blobs.TryGetFileAsync(key, cancellationToken) is { } file)
                {
                    bytes += new FileInfo(file).Length;
                    await blobs.DeleteAsync(key, cancellationToken);
                    deleted.Add(key);
                }
            }
        }

        return bytes;
    }

    private static string[] StateFiles(string database) => [database, database + "-wal", database + "-shm"];

    private static long DeletePath(string path, List<string> deleted)
    {
        if (File.Exists(path))
        {
            long length = new FileInfo(path).Length;
            File.Delete(path);
            deleted.Add(path);
            return length;
        }

        if (!Directory.Exists(path))
        {
            return 0;
        }

        long total = new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        Directory.Delete(path, recursive: true);
        deleted.Add(path);
        return total;
    }
}
