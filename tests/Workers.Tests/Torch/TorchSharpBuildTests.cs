using System.Diagnostics;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Pipeline.Testing;

namespace Pipeline.Workers.Tests.Torch;

/// <summary>
/// The build with <c>-p:TensorLibrary=TorchSharp</c>. No registry at hand has the package; its place is taken by <c>tests/TorchSharpOverLibTorch</c>, which has
/// the package's signatures, those of the list in the tree and no other, over our own binding. Against it that build is compiled, and the training code's own
/// tests are run on what comes out.
/// </summary>
public sealed partial class TorchSharpBuildTests
{
    private const string Tests = "FullyQualifiedName~GraphExecutorTests|FullyQualifiedName~OptimizerTests|FullyQualifiedName~TrainingLossTests|FullyQualifiedName~PackageDeviceTests"
        + "|(FullyQualifiedName~TrialRunnerTests&FullyQualifiedName!~cut_off)|(FullyQualifiedName~cut_off&DisplayName~NovoGrad)";

    private static readonly string Folder = Path.Combine(TorchSharpList.Root, "tests", "TorchSharpOverLibTorch");

    [Fact]
    public void The_stand_in_has_the_members_of_the_list_and_no_other()
    {
        var found = new HashSet<(string, string)>();
        foreach (string file in Directory.EnumerateFiles(Folder, "*.cs"))
        {
            var types = new Stack<(int Indent, string Name)>();
            foreach (string line in File.ReadLines(file))
            {
                Match type = PublicType().Match(line);
                Match member = PublicMember().Match(line);
                int indent = line.Length - line.TrimStart().Length;
                while (line.Trim().Length > 0 && types.TryPeek(out (int Indent, string Name) last) && last.Indent >= indent && line.Trim() is not ("{" or "}"))
                {
                    types.Pop();
                }

                if (type.Success)
                {
                    types.Push((indent, type.Groups[1].Value));
                }
                else if (member.Success && types.Count > 0)
                {
                    // The package nests Tensor in torch; the list names it alone.
                    string section = string.Join('.', types.Reverse().Select(static t => t.Name));
                    found.Add((section == "torch.Tensor" ? "Tensor" : section, member.Groups[1].Value));
                }
            }
        }

        Assert.Empty(found.Except(TorchSharpList.Members));
        Assert.Empty(TorchSharpList.Members.Except(found));
    }

    [Fact]
    public void This_build_does_not_know_the_package() =>
        Assert.DoesNotContain("TorchSharp", typeof(LibTorch).Assembly.GetReferencedAssemblies().Select(static a => a.Name));

    [Fact]
    public async Task The_build_with_TorchSharp_compiles_and_passes_the_training_codes_own_tests()
    {
        string bin = Path.Combine(TorchSharpList.Root, ".artifacts", "bin");
        string standIn = Path.Combine(bin, "TorchSharpOverLibTorch", Configuration, "TorchSharp.dll");
        TestTools.SkipIf(File.Exists(standIn) ? null : $"{standIn} is not built: the tests' output is elsewhere");
        string[] flags =
        [
            "-c", Configuration, "--no-dependencies", "--nologo", "-v", "q", "-nodeReuse:false", "-p:UseSharedCompilation=false",
            "-p:TensorLibrary=TorchSharp", $"-p:TorchSharpPath={standIn}",
        ];
        await DotnetAsync(["build", "src/Workers", .. flags]);
        Assert.Contains("TorchSharp", References(Path.Combine(bin, "Workers.TorchSharp", Configuration, "Pipeline.Workers.dll")));
        await DotnetAsync(["build", "tests/Workers.Tests", .. flags]);
        string said = await DotnetAsync(["test", Path.Combine(bin, "Workers.Tests.TorchSharp", Configuration, "Pipeline.Workers.Tests.dll"), "--nologo", "--filter", Tests]);
        Assert.True(int.Parse(Passed().Match(said).Groups[1].Value) > 100, said);
    }

    /// <summary>Of this build: the last folder of its output.</summary>
    private static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    private static string[] References(string assembly)
    {
        using PEReader file = new(File.OpenRead(assembly));
        MetadataReader metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
    }

    private static async Task<string> DotnetAsync(string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", arguments) { WorkingDirectory = TorchSharpList.Root, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)}\n{said}\n{await errors}");
        return said;
    }

    [GeneratedRegex(@"^\s*public (?:static |sealed |partial )*(?:class|enum) (\w+)")]
    private static partial Regex PublicType();

    /// <summary>A member as it is declared, up to its body; what overrides a member of every object is none of the package's.</summary>
    [GeneratedRegex(@"^\s*public (?!override )(?:static )?(?!(?:sealed |partial )*(?:class|enum) )(.+?)(?: where .*| =>.*| \{.*)?$")]
    private static partial Regex PublicMember();

    [GeneratedRegex(@"Passed: +(\d+)")]
    private static partial Regex Passed();
}
