using System.Net;
using System.Text;

namespace Pipeline.Registry.Tests;

/// <summary>Files that a notebook keeps with its runs, through the artifact proxy.</summary>
public sealed class MlflowArtifactWriteTests(SqliteRegistryServer server) : IClassFixture<SqliteRegistryServer>
{
    private const string Proxy = "/api/2.0/mlflow-artifacts/artifacts/";

    [Fact]
    public async Task A_file_is_uploaded_listed_downloaded_replaced_and_deleted_and_no_byte_of_it_stays()
    {
        string run = await server.NewRunAsync();
        byte[] large = [.. Enumerable.Range(0, 40_000_000).Select(i => (byte)(i * 31))];
        Assert.Equal(HttpStatusCode.OK, await PutAsync(run, "plots/größe 1.bin", large));
        Assert.Equal(large, await GetAsync(run, "plots/größe 1.bin"));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(run, "plots/größe 1.bin", [7]));
        Assert.Equal([7], await GetAsync(run, "plots/größe 1.bin"));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(run, "empty.txt", []));
        Assert.Equal(
            (200, $$"""{"root_uri":"mlflow-artifacts:/0/{{run}}/artifacts","files":[{"path":"empty.txt","is_dir":false,"file_size":0},{"path":"plots","is_dir":true}]}"""),
            await server.GetAsync($"/api/2.0/mlflow/artifacts/list?run_id={run}"));
        Assert.Equal(2, (await server.Blobs.ListAsync($"runs/{run}/", default)).Count);
        Assert.Equal(200, (await server.SendAsync("DELETE", $"{Proxy}0/{run}/artifacts/plots", "")).Status);
        Assert.Single(await server.Blobs.ListAsync($"runs/{run}/", default));
        Assert.Equal(404, (await server.GetAsync($"{Proxy}0/{run}/artifacts/plots/gr%C3%B6%C3%9Fe%201.bin")).Status);
    }

    [Fact]
    public async Task What_a_trial_wrote_is_neither_replaced_nor_deleted()
    {
        string run = RegistryServer.First.Value;
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(run, "model/weights.safetensors", [9], "1"));
        Assert.Equal(400, (await server.SendAsync("DELETE", $"{Proxy}1/{run}/artifacts/model", "")).Status);
        Assert.Equal([1, 2, 3], await server.Http.GetByteArrayAsync($"{Proxy}1/{run}/artifacts/model/weights.safetensors"));
        Assert.Empty(await server.Blobs.ListAsync($"runs/{run}/files/", default));
    }

    [Theory]
    [InlineData("..%2F..%2Fx")]
    [InlineData("a/%252e%252e/x")]
    [InlineData("a%5Cb")]
    [InlineData("a//b")]
    [InlineData("a%0Ab")]
    [InlineData("file/below")]
    [InlineData("folder")]
    public async Task A_path_that_leads_elsewhere_or_through_a_file_is_refused(string path)
    {
        string run = await server.NewRunAsync();
        await PutAsync(run, "file", [1]);
        await PutAsync(run, "folder/file", [1]);
        int blobs = (await server.Blobs.ListAsync("", default)).Count;
        (int status, _) = await server.SendAsync("PUT", $"{Proxy}0/{run}/artifacts/{path}", "x");
        Assert.True(status is 400 or 404, $"answered {status}");
        Assert.Equal(blobs, (await server.Blobs.ListAsync("", default)).Count);
    }

    [Fact]
    public async Task A_deleted_run_and_a_run_that_is_not_there_take_no_file()
    {
        string run = await server.NewRunAsync();
        await server.CallAsync("runs/delete", new { run_id = run });
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(run, "x", [1]));
        Assert.Equal(HttpStatusCode.NotFound, await PutAsync("none", "x", [1]));
    }

    [Fact]
    public async Task An_upload_that_breaks_off_leaves_the_old_file()
    {
        string run = await server.NewRunAsync();
        await PutAsync(run, "f", [1, 2]);
        using System.Net.Sockets.TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, server.Http.BaseAddress!.Port);
        byte[] torn = Encoding.ASCII.GetBytes($"PUT {Proxy}0/{run}/artifacts/f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nonly this");
        await using System.Net.Sockets.NetworkStream stream = client.GetStream();
        await stream.WriteAsync(torn);
        client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        try
        {
            while (await stream.ReadAsync(new byte[1000]) > 0)
            {
            }
        }
        catch (IOException)
        {
            // The server may answer, or just hang up.
        }

        Assert.Equal([1, 2], await GetAsync(run, "f"));
        Assert.Single(await server.Blobs.ListAsync($"runs/{run}/", default));
    }

    private async Task<HttpStatusCode> PutAsync(string run, string path, byte[] bytes, string experiment = "0")
    {
        using ByteArrayContent content = new(bytes);
        using HttpResponseMessage response = await server.Http.PutAsync(new Uri($"{Proxy}{experiment}/{run}/artifacts/{Escape(path)}", UriKind.Relative), content);
        return response.StatusCode;
    }

    private Task<byte[]> GetAsync(string run, string path) => server.Http.GetByteArrayAsync($"{Proxy}0/{run}/artifacts/{Escape(path)}");

    private static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
