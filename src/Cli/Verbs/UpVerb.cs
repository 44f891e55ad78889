using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Pipeline.Cli.Output;
using Pipeline.Cli.Submit;
using Pipeline.Contracts;
using Pipeline.Orchestrator;
using Pipeline.Orchestrator.Api;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Cli.Verbs;

/// <summary><c>pipeline up</c>: an orchestrator that stays, for sweeps and workers of other processes and machines.</summary>
internal static class UpVerb
{
    private static readonly Option<int> Port = new("--port")
    {
        Description = "The port on 127.0.0.1, where nothing is asked of a caller; 0: any free one.",
        HelpName = "N",
        DefaultValueFactory = _ => 7420,
    };

    private static readonly Option<string?> Listen = new("--listen")
    {
        Description = "An address of this machine for others, who come over TLS and with a token. Needs --certificate and --key.",
        HelpName = "ADDRESS:PORT",
    };

    private static readonly Option<string?> Certificate = new("--certificate") { Description = "The certificate of that address, with those that vouch for it: PEM.", HelpName = "FILE" };

    private static readonly Option<string?> Key = new("--key") { Description = "Its private key: PEM.", HelpName = "FILE" };

    private static readonly Option<int> Workers = new("--workers")
    {
        Description = "Worker processes on this machine.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<string> Device = new("--device")
    {
        Description = "Where those workers run trials that ask for CUDA: cuda:N.",
        HelpName = "DEVICE",
        DefaultValueFactory = static _ => "cpu",
    };

    public static Command Create() => Verb.Of(
        "up", "Runs an orchestrator until interrupted; several may share a PostgreSQL state.", RunAsync, Port, Listen, Certificate, Key, Workers, Device);

    private static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        int workers = context.Get(Workers);
        WorkerVerb.RequireDevice(context.Get(Device)!, "--device");
        OuterDoor? outer = OuterOf(context);
        ConfigVerbs.CheckRecurring(context.Workspace.Deployment);
        await using LocalHost local = await LocalHost.StartAsync(
            context.Workspace,
            new HostDoors(PortOf(context), outer, (text, token) => PrepareAsync(context, text, token)),
            cancellationToken);
        UpReport report = new(local.Host.Url, outer is null ? null : AddressOf(outer.Address));
        context.Printer.Result(report, CliJson.Default.UpReport, writer =>
        {
            writer.WriteLine($"orchestrator at {report.Url} for this machine{(report.Outer is null ? "" : $", {report.Outer} for others, with a token")}. Ctrl-C ends it.");
            writer.WriteLine($"its page: {report.Outer ?? report.Url}");
            writer.WriteLine($"a sweep:  pipeline submit SWEEP --server {report.Url}");
            writer.WriteLine($"a worker: pipeline worker --server {report.Outer ?? report.Url}");
        });
        Task forever = local.Host.FailureAsync().WaitAsync(cancellationToken);
        if (workers > 0)
        {
            Task<bool> never = WaitAsync(forever);
            await LocalRun.ToEndAsync(local.Host, new WorkerSet(workers, context.Get(Device)!), context, context.Printer.Note, never, static end => end, cancellationToken);
        }

        await forever;
    }

    /// <summary>What others call it by: one that listens on all addresses has this machine's name.</summary>
    private static Uri AddressOf(IPEndPoint listens) => new(
        listens.Address.Equals(IPAddress.Any) || listens.Address.Equals(IPAddress.IPv6Any) ? $"https://{Dns.GetHostName()}:{listens.Port}" : $"https://{listens}");

    private static async Task<bool> WaitAsync(Task end)
    {
        await end;
        return true;
    }

    private static int PortOf(VerbContext context) => context.Get(Port) is var port and >= 0 and <= ushort.MaxValue
        ? port
        : throw new BadInputException($"--port {context.Get(Port)}: expected 1 to {ushort.MaxValue}, or 0 for any free one.");

    private static OuterDoor? OuterOf(VerbContext context)
    {
        if (context.Get(Listen) is not { } text)
        {
            return null;
        }

        if (!IPEndPoint.TryParse(text, out IPEndPoint? address) || address.Port == 0)
        {
            throw new BadInputException($"--listen {text}: expected an address of this machine and a port, for example 10.0.0.5:7443.");
        }

        if (context.Get(Certificate) is not { } certificate || context.Get(Key) is not { } key)
        {
            throw new BadInputException($"--listen {text} needs --certificate FILE and --key FILE: what is not this machine is spoken to over TLS alone.");
        }

        try
        {
            return new OuterDoor(address, X509Certificate2.CreateFromPemFile(certificate, key));
        }
        catch (Exception e) when (e is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new BadInputException($"--certificate {certificate}, --key {key}: {e.Message} Expected a certificate and its private key as PEM.", e);
        }
    }

    private static Task<PreparedSweep> PrepareAsync(VerbContext context, SweepText text, CancellationToken cancellationToken)
    {
        SweepFile file = SweepFile.Of(text, context.Workspace.Deployment);
        return SweepPreparation.PrepareAsync(file, context.Workspace.Sources, null, cancellationToken);
    }
}
