using Pipeline.Contracts;
using Pipeline.Orchestrator.Configuration;

namespace Pipeline.Orchestrator.Tests;

/// <summary>Small files to read, and the messages that reading them gives.</summary>
internal static class ConfigTexts
{
    public const string Deployment = """
        data:
          tones: { folder: { path: tones } }
          private: { folder: { path: "${PIPELINE_NO_SUCH_VARIABLE}/x" } }
        featureSets:
          tones: { data: tones, frontEnd: log-mel-40-torchaudio, augment: { steps: [ { shift: { maxMs: 100 } } ] } }
          private: { data: private, frontEnd: log-mel-40-torchaudio }
        """;

    public const string Sweep = """
        name: width
        model: bc-resnet
        featureSet: tones
        parameters:
          model.tau: { choice: [1, 2] }
          train.learningRate: 0.05
        train: { epochs: 3, schedule: { warmupEpochs: 1 } }
        """;

    public static Deployment ReadDeployment(string text = Deployment) => Configuration.Deployment.From(ConfigFile.Parse("pipeline.yaml", text));

    public static SweepFile ReadSweep(string text, params string[] overrides) =>
        SweepFile.From(ConfigFile.Parse("sweep.yaml", text), ReadDeployment(), overrides);

    public static string[] Problems(Action read)
    {
        BadInputException e = Assert.Throws<BadInputException>(read);
        Assert.Equal(2, e.ExitCode);
        return e.Message.Split('\n');
    }

    public static string Problem(string text, params string[] overrides) => Assert.Single(Problems(() => ReadSweep(text, overrides)));
}
