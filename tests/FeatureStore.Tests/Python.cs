using System.Diagnostics;

namespace Pipeline.FeatureStore.Tests;

/// <summary>Python, where it has what a test needs.</summary>
internal static class Python
{
    // The first of the path may be one without Debian's packages.
    private static readonly string[] Programs = ["python3", "/usr/bin/python3"];

    /// <summary>A Python that imports a module, or null.</summary>
    public static string? With(string module) => Programs.FirstOrDefault(program => Run(program, $"import {module}", ".") is not null);

    /// <summary>What a program prints, or null where it fails or there is no such Python.</summary>
    public static string? Run(string program, string code, string folder)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, ["-c", code]) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : error.Result.Contains("ModuleNotFoundError", StringComparison.Ordinal) ? null : throw new InvalidOperationException(error.Result);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

/// <summary>A test that needs a module of Python and says so where it is missing.</summary>
internal sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute(string module)
    {
        Module = module;
        if (Python.With(module) is null)
        {
            Skip = $"no python3 here has {module}.";
        }
    }

    public string Module { get; }
}
