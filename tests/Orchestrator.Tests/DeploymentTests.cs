using Pipeline.FeatureStore.Datasets;
using Pipeline.Orchestrator.Configuration;
using static Pipeline.Orchestrator.Tests.ConfigTexts;

namespace Pipeline.Orchestrator.Tests;

public sealed class DeploymentTests
{
    [Fact]
    public void Paths_start_at_the_files_folder()
    {
        Deployment deployment = ReadDeployment();
        Assert.Equal(Path.GetFullPath("tones"), ((FolderData)deployment.Data("tones")).Path);
        Assert.Equal(Path.GetFullPath(".pipeline/blobs"), deployment.BlobFolder);
        Assert.Equal(["tones", "private"], deployment.FeatureSetNames);
    }

    [Fact]
    public void A_variable_that_is_not_set_matters_only_when_its_data_are_used()
    {
        string[] problems = Problems(() => ReadDeployment().FeatureSet("private"));
        Assert.Contains("PIPELINE_NO_SUCH_VARIABLE", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tones: { folder: { path: tones } }", "tones: { folder: {} }", "pipeline.yaml:2: the key 'data.tones.folder.path' is missing. Expected a path.")]
    [InlineData("tones: { folder: { path: tones } }", "tones: { foldr: { path: x } }", "pipeline.yaml:2: unknown key 'foldr' in 'data.tones'. Did you mean 'folder'?")]
    [InlineData("{ data: tones,", "{ data: tone,", "pipeline.yaml:5: there is no data set 'tone'. Did you mean 'tones'?")]
    [InlineData("frontEnd: log-mel-40-torchaudio, augment", "frontEnd: mfcc, augment", "pipeline.yaml:5: 'featureSets.tones.frontEnd' is 'mfcc'. Expected one of log-mel-40-torchaudio, log-mel-40-4khz.")]
    [InlineData("maxMs: 100", "maxMs: -1", "pipeline.yaml:5: 'featureSets.tones.augment.steps[0].shift.maxMs' is '-1'. Expected a number from 0 to 1000.")]
    [InlineData("data:\n", "state: { postgres: x }\ndata:\n", "pipeline.yaml:1: 'state' is a map with postgres. Expected sqlite.")]
    [InlineData("data:\n", "workers: { local: 0 }\ndata:\n", "pipeline.yaml:1: 'workers.local' is '0'. Expected a whole number from 1 to 256.")]
    [InlineData("data:\n", "fleets: { lab: {} }\ndata:\n", "pipeline.yaml:1: 'fleets' is not yet supported")]
    public void A_mistake_is_named_with_its_line(string replaced, string by, string message) =>
        Assert.StartsWith(message, Assert.Single(Problems(() => ReadDeployment(ConfigTexts.Deployment.Replace(replaced, by, StringComparison.Ordinal)))), StringComparison.Ordinal);

    [Fact]
    public void A_mix_takes_names_and_data_sets_written_in_place_but_not_itself()
    {
        const string text = """
            data:
              a: { synth: { seed: 3 } }
              b: { mix: { train: a, validation: { synth: { seed: 4 } }, test: a } }
              c: { mix: { train: c, validation: a, test: a } }
            """;
        MixData mix = (MixData)ReadDeployment(text).Data("b");
        Assert.Equal((3UL, 4UL), (((SynthData)mix.Train).Seed, ((SynthData)mix.Validation).Seed));
        Assert.Contains("mixed from itself: c → c", Assert.Single(Problems(() => ReadDeployment(text).Data("c"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_file_the_defaults_hold()
    {
        Deployment deployment = ReadDeployment("{}");
        Assert.Empty(deployment.DataNames);
        Assert.Null(deployment.LocalWorkers);
        Assert.Equal(1, deployment.Slots);
    }
}
