using System.Diagnostics;
using System.Runtime.Versioning;

namespace Pipeline.Architecture.Tests;

/// <summary>
/// What the native library is built with, for libtorch as its archive, pip, conda and Debian lay it out: a compiler that writes down its arguments, and
/// empty files for libraries.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class NativeBuildTests : IDisposable
{
    private const string Headers = "include/ATen/ATen.h";

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-libtorch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("torch/lib", "torch/lib", true)]
    [InlineData("torch/lib", "torch/lib", false)]
    [InlineData("env/lib", "env/lib/python3.12/site-packages/torch/lib", true)]
    public async Task Libraries_in_lib_of_an_archive_or_of_pip_or_links_to_others_are_found(string real, string seen, bool cuda)
    {
        string libtorch = Path.GetDirectoryName(seen)!;
        Make($"{libtorch}/{Headers}");
        Make($"{real}/libtorch_cpu.so");
        if (cuda)
        {
            Make($"{real}/libtorch_cuda.so");
        }

        if (real != seen)
        {
            // The link of the processor's part alone: CUDA's lies beside what it names.
            Directory.CreateDirectory(In(seen));
            File.CreateSymbolicLink(In($"{seen}/libtorch_cpu.so"), In($"{real}/libtorch_cpu.so"));
        }

        await ExpectAsync(libtorch, real, cuda);
    }

    [Fact]
    public async Task Condas_libraries_in_the_lib_above_site_packages_are_found()
    {
        Make($"env/lib/python3.12/site-packages/torch/{Headers}");
        Make("env/lib/libtorch_cpu.so");
        Make("env/lib/libtorch_cuda.so");
        await ExpectAsync("env/lib/python3.12/site-packages/torch", "env/lib", cuda: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Libraries_where_the_linker_looks_are_found_with_CUDA_beside_them(bool cuda)
    {
        Make($"dist-packages/torch/{Headers}");
        Make("system/libtorch_cpu.so");
        if (cuda)
        {
            Make("system/libtorch_cuda.so");
        }

        await ExpectAsync("dist-packages/torch", "system", cuda, linkerLooks: "system");
    }

    [Fact]
    public async Task Where_there_is_no_library_the_message_says_where_it_was_looked_for()
    {
        Make($"torch/{Headers}");
        (int status, string error, _) = await BuildAsync("torch", null);
        Assert.Equal(1, status);
        Assert.Contains($"no libtorch_cpu.so in {In("torch/lib")}", error, StringComparison.Ordinal);
    }

    private async Task ExpectAsync(string libtorch, string libraries, bool cuda, string? linkerLooks = null)
    {
        (int status, string error, string[] calls) = await BuildAsync(libtorch, linkerLooks);
        Assert.True(status == 0, error);
        Assert.All(calls[..^1], call => Assert.Equal(cuda, call.Contains(" -DPT_CUDA ", StringComparison.Ordinal)));
        Assert.Equal(cuda, calls[^1].Contains(" -ltorch_cuda -lc10_cuda ", StringComparison.Ordinal));

        // Some place where it is looked for, at the build and when it runs, is the folder of the libraries.
        Assert.Contains(calls[^1].Split(' ').Where(static a => a.StartsWith("-L", StringComparison.Ordinal)), a => Path.GetFullPath(a[2..]) == In(libraries));
        Assert.Contains(calls[^1].Split(' ').Where(static a => a.StartsWith("-Wl,-rpath,", StringComparison.Ordinal)), a => Path.GetFullPath(a[11..]) == In(libraries));
    }

    /// <summary>Runs the script with that compiler; gives its exit status, what it said, and the arguments of each call that compiles or links.</summary>
    private async Task<(int Status, string Error, string[] Calls)> BuildAsync(string libtorch, string? linkerLooks)
    {
        string compiler = In("compiler"), calls = In("calls");
        string found = linkerLooks is null ? "libtorch_cpu.so" : In($"{linkerLooks}/libtorch_cpu.so");
        await File.WriteAllTextAsync(compiler, $$"""
            #!/bin/bash
            case "$1" in -print-file-name=*) echo '{{found}}'; exit ;; esac
            echo "$* " >>'{{calls}}'
            while [ $# -gt 1 ]; do [ "$1" != -o ] || touch "$2"; shift; done
            """);
        File.SetUnixFileMode(compiler, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ProcessStartInfo start = new("bash", [Path.Combine(Repository.Root, "src/Workers/Torch/native/build.sh"), In("out")])
        {
            UseShellExecute = false, RedirectStandardError = true, Environment = { ["CXX"] = compiler, ["LIBTORCH"] = In(libtorch) },
        };
        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, error, File.Exists(calls) ? await File.ReadAllLinesAsync(calls) : []);
    }

    private string In(string path) => Path.Combine(_folder, path);

    private void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(path))!);
        File.WriteAllBytes(In(path), []);
    }
}
