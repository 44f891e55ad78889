using System.Diagnostics;

namespace Pipeline.Registry.Tests;

/// <summary>MLflow's own Python client against our server. MLFLOW_SOURCE names a checkout of it; what it imports must be installed beside it.</summary>
public sealed class PythonClientTests(SqliteRegistryServer server) : IClassFixture<SqliteRegistryServer>
{
    [Fact]
    public async Task A_notebooks_worth_of_calls_comes_back_as_it_was_sent()
    {
        string? source = Environment.GetEnvironmentVariable("MLFLOW_SOURCE");
        TestTools.SkipIf(string.IsNullOrEmpty(source) ? "MLFLOW_SOURCE names no checkout of MLflow's client" : null);
        ProcessStartInfo start = new("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "notebook.py"), server.Http.BaseAddress!.ToString().TrimEnd('/')])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["PYTHONPATH"] = source;
        using Process notebook = Process.Start(start)!;
        Task<string> output = notebook.StandardOutput.ReadToEndAsync();
        string errors = await notebook.StandardError.ReadToEndAsync();
        await notebook.WaitForExitAsync();
        Assert.True(notebook.ExitCode == 0, errors);
        Assert.StartsWith("done", await output, StringComparison.Ordinal);
    }
}
