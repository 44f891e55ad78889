using System.Text.RegularExpressions;

namespace Pipeline.Architecture.Tests;

/// <summary>The description of the images holds together: what they copy is there, the stages they name come first, and none runs as root.</summary>
public sealed class ContainerTests
{
    private static readonly string[] Lines = File.ReadAllLines(Path.Combine(Repository.Root, "infra/containers/Containerfile"));

    [Fact]
    public void Stages_name_earlier_stages_and_copies_name_files_of_the_checkout()
    {
        List<string> stages = ["debian:12-slim"];
        foreach (string line in Lines)
        {
            if (Regex.Match(line, "^FROM (?<base>\\S+) AS (?<name>\\S+)$", RegexOptions.ExplicitCapture, Limit) is { Success: true } from)
            {
                Assert.Contains(from.Groups["base"].Value, stages);
                stages.Add(from.Groups["name"].Value);
            }
            else if (Regex.Match(line, "^COPY --from=(?<stage>\\S+) ", RegexOptions.ExplicitCapture, Limit) is { Success: true } copy)
            {
                Assert.Contains(copy.Groups["stage"].Value, stages);
            }
            else if (Regex.Match(line, "^COPY (?<file>\\S+) ", RegexOptions.ExplicitCapture, Limit) is { Success: true } file)
            {
                Assert.True(Path.Exists(Path.Combine(Repository.Root, file.Groups["file"].Value)), line);
            }
        }

        Assert.Equal(["sdk", "build", "runtime", "orchestrator", "worker"], stages.Skip(1));
    }

    [Fact]
    public void Both_images_end_as_another_user_than_root_and_have_what_the_launcher_installs_to_run()
    {
        Assert.Equal(["USER 10001", "USER 10001"], Lines.Where(static l => l.StartsWith("USER", StringComparison.Ordinal)));
        string bootstrap = File.ReadAllText(Path.Combine(Repository.Root, "eng/bootstrap.sh"));
        string packages = Regex.Match(bootstrap, "ensure_packages (?<names>libsndfile1 .*)", RegexOptions.ExplicitCapture, Limit).Groups["names"].Value;
        string runtime = Lines.SkipWhile(static l => l != "FROM debian:12-slim AS runtime").First(static l => l.StartsWith("RUN apt-get", StringComparison.Ordinal));
        Assert.All(packages.Split(' '), package => Assert.Contains($" {package} ", runtime, StringComparison.Ordinal));
    }

    private static TimeSpan Limit => TimeSpan.FromSeconds(1);
}
