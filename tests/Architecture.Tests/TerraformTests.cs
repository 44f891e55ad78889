using System.ComponentModel;
using System.Diagnostics;
using Pipeline.Testing;

namespace Pipeline.Architecture.Tests;

/// <summary>The description of the cloud is formatted, as <c>terraform fmt</c> has it.</summary>
public sealed class TerraformTests
{
    private const string Folder = "infra/terraform";

    [Fact]
    public void Terraform_fmt_finds_nothing_to_change()
    {
        string? unformatted = Run("terraform", ["fmt", "-check", "-recursive", "-no-color", Folder]) ?? RunTools();
        TestTools.SkipIf(unformatted is null ? "neither terraform nor node with the tools that eng/test-tools.sh fetches is here" : null);
        Assert.Equal("", unformatted);
    }

    [Fact]
    public void Every_module_has_its_four_files_and_says_what_each_variable_is()
    {
        string root = Path.Combine(Repository.Root, Folder);
        foreach (string module in Directory.EnumerateDirectories(Path.Combine(root, "modules")).Concat(Directory.EnumerateDirectories(Path.Combine(root, "environments"))))
        {
            Assert.All(["main.tf", "variables.tf", "outputs.tf", "versions.tf"], file => Assert.True(File.Exists(Path.Combine(module, file)), $"{module} lacks {file}"));
            string variables = File.ReadAllText(Path.Combine(module, "variables.tf"));
            Assert.Equal(Count(variables, "\nvariable \"", "variable \""), Count(variables, "\n  description", null));
        }
    }

    private static int Count(string text, string mark, string? atStart) =>
        text.Split(mark).Length - 1 + (atStart is not null && text.StartsWith(atStart, StringComparison.Ordinal) ? 1 : 0);

    /// <summary>The same formatter from npm, for machines without terraform.</summary>
    private static string? RunTools()
    {
        string tools = Path.Combine(TestTools.Folder, "hcl/node_modules/@cdktf/hcl-tools");
        string script = Path.Combine(AppContext.BaseDirectory, "terraform-format.js");
        return Directory.Exists(tools) ? Run("node", [script, tools, .. Repository.SourceFiles(Folder, "*.tf")]) : null;
    }

    /// <summary>What the program printed, or null where it is not installed.</summary>
    private static string? Run(string program, string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Repository.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string printed = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 || printed.Length > 0 ? printed : errors.Result;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
