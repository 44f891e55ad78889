using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Pipeline.Cli.Output;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Registry.Mlflow;
using Pipeline.Storage.State;

namespace Pipeline.Cli.Verbs;

/// <summary>
/// <c>pipeline registry serve</c>: MLflow's calls over the state of this deployment. Bound to loopback, because nothing asks who calls. A
/// class of its own, so that the other verbs do not load ASP.NET.
/// </summary>
internal static class RegistryServer
{
    public static async Task RunAsync(VerbContext context, CancellationToken cancellationToken)
    {
        int port = RegistryVerbs.PortOf(context);
        if (port is < 0 or > ushort.MaxValue)
        {
            throw new BadInputException($"--port {port}: expected 1 to {ushort.MaxValue}, or 0 for any free one.");
        }

        await using StateDatabase state = await context.Workspace.CreateStateAsync(cancellationToken);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:" + port.ToString(CultureInfo.InvariantCulture));

        // A page of another site, led here by a name of its own, is turned away.
        builder.Services.AddHostFiltering(static hosts => hosts.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);
        await using WebApplication server = builder.Build();
        server.UseHostFiltering();
        server.MapMlflow(state, await context.Workspace.OpenBlobsAsync(cancellationToken), TimeProvider.System, Promoter.AliasMovedAsync);
        await server.StartAsync(cancellationToken);
        string url = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        context.Printer.Result(new ServeReport(url), CliJson.Default.ServeReport, writer =>
            writer.WriteLine($"MLflow's API is at {url} (this machine only). Ctrl-C ends it."));
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await server.StopAsync(CancellationToken.None);
            throw;
        }
    }
}
