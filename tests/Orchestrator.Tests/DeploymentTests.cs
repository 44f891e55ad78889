using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Promotions;
using Pipeline.Storage.Blobs;
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
    [InlineData("frontEnd: log-mel-40-torchaudio, augment", "frontEnd: mfcc, augment", "pipeline.yaml:5: 'featureSets.tones.frontEnd' is 'mfcc'. Expected one of log-mel-40-torchaudio, log-mel-40-4khz, ")]
    [InlineData("maxMs: 100", "maxMs: -1", "pipeline.yaml:5: 'featureSets.tones.augment.steps[0].shift.maxMs' is '-1'. Expected a number from 0 to 1000.")]
    [InlineData("frontEnd: log-mel-40-torchaudio, augment", "frontEnd: log-mel-40-torchaudio, type: int8, augment", "pipeline.yaml:5: 'featureSets.tones.type' is 'int8'. Expected one of float16, float32, or a map with one of the keys int8.")]
    [InlineData("frontEnd: log-mel-40-torchaudio, augment", "frontEnd: log-mel-40-torchaudio, type: { int8: { min: 0 } }, augment", "pipeline.yaml:5: the key 'featureSets.tones.type.int8.max' is missing.")]
    [InlineData("data:\n", "state: mysql\ndata:\n", "pipeline.yaml:1: 'state' is 'mysql'. Expected sqlite, or a map with the keys ")]
    [InlineData("data:\n", "state: { postgres: x, user: y }\ndata:\n", "pipeline.yaml:1: unknown key 'user' in 'state'.")]
    [InlineData("data:\n", "workers: { local: 0 }\ndata:\n", "pipeline.yaml:1: 'workers.local' is '0'. Expected a whole number from 1 to 256.")]
    [InlineData("data:\n", "fleets: { lab: { targets: [pi] } }\ndata:\n", "pipeline.yaml:1: there is no target 'pi'")]
    [InlineData("data:\n", "targets: { mine: { ramBytes: 1 } }\ndata:\n", "pipeline.yaml:1: the key 'targets.mine.like' is missing. Expected one of cortex-m4, pi-aarch64")]
    [InlineData("data:\n", "gates: { kws: { flashBytes: {} } }\ndata:\n", "pipeline.yaml:1: the gate 'flashBytes' bounds nothing")]
    [InlineData("data:\n", "gates: { kws: { flash: { max: 1 } } }\ndata:\n", "pipeline.yaml:1: unknown key 'flash' in 'gates.kws'")]
    [InlineData("data:\n", "recurring: { nightly: { cron: 0 0 2 * *, submit: a.yaml } }\ndata:\n", "pipeline.yaml:1: '0 0 2 * *' is no cron expression")]
    [InlineData("data:\n", "recurring: { nightly: { cron: 0 0 25 * * ?, submit: a.yaml } }\ndata:\n", "pipeline.yaml:1: '0 0 25 * * ?' is no cron expression")]
    [InlineData("data:\n", "recurring: { nightly: { cron: 0 0 2 * * ?, timeZone: Mars, submit: a.yaml } }\ndata:\n", "pipeline.yaml:1: There is no time zone 'Mars'")]
    [InlineData("data:\n", "recurring: { a b: { cron: 0 0 2 * * ?, submit: a.yaml } }\ndata:\n", "pipeline.yaml:1: 'recurring.a b' is no name")]
    [InlineData("data:\n", "recurring: { nightly: { cron: 0 0 2 * * ? } }\ndata:\n", "pipeline.yaml:1: the key 'recurring.nightly.submit' is missing")]
    public void A_mistake_is_named_with_its_line(string replaced, string by, string message) =>
        Assert.StartsWith(message, Assert.Single(Problems(() => ReadDeployment(ConfigTexts.Deployment.Replace(replaced, by, StringComparison.Ordinal)))), StringComparison.Ordinal);

    [Fact]
    public void A_feature_set_extends_one_of_a_name_or_a_built_one_of_an_id_but_not_itself()
    {
        Deployment Extending(string of, string private2 = "") => ReadDeployment(
            ConfigTexts.Deployment.Replace("torchaudio, augment", $"torchaudio, extends: {of}, augment", StringComparison.Ordinal)
                .Replace("torchaudio }", $"torchaudio{private2} }}", StringComparison.Ordinal).Replace("${PIPELINE_NO_SUCH_VARIABLE}/", "", StringComparison.Ordinal));
        ExtendedSet named = Extending("private").FeatureSet("tones").Extends!;
        Assert.Equal(("private", true, null), (named.Name, named.Definition is { Extends: null }, named.Id));
        ExtendedSet built = Extending("'0123456789012345'").FeatureSet("tones").Extends!;
        Assert.Equal(("0123456789012345", null, new FeatureSetId("0123456789012345")), (built.Name, built.Definition, built.Id));
        Assert.Contains("there is no feature set 'privat'. Did you mean 'private'?", Assert.Single(Problems(() => Extending("privat"))), StringComparison.Ordinal);
        Assert.Contains("extends itself: tones → private → tones", Problems(() => Extending("private", ", extends: tones").FeatureSet("tones"))[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(", type: float32", "float32")]
    [InlineData(", type: { int8: { min: -16, max: 15.5 } }", "int8 over -16 to 15.5")]
    public void The_type_of_features_is_read(string key, string? type) => Assert.Equal(
        type, ReadDeployment(ConfigTexts.Deployment.Replace("torchaudio }", $"torchaudio{key} }}", StringComparison.Ordinal).Replace("${PIPELINE_NO_SUCH_VARIABLE}/", "", StringComparison.Ordinal)).FeatureSet("private").Type?.ToString());

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
    public void A_pool_names_its_sources_its_labels_and_what_is_kept()
    {
        const string text = """
            data:
              tess: { tess: { path: t } }
              four:
                pool:
                  sources: [ { ravdess: { path: r, skipSeconds: 0.4 } }, tess ]
                  labels: { sadness: low, anger: low, neutral: still }
                  keep: { sadness: 0.6 }
                  split: clips
            """;
        PoolData pool = (PoolData)ReadDeployment(text).Data("four");
        Assert.Equal([Corpus.Ravdess, Corpus.Tess], pool.Sources.Cast<CorpusData>().Select(static s => s.Corpus));
        Assert.Equal(0.4, ((CorpusData)pool.Sources[0]).SkipSeconds);
        Assert.Equal(["low", "low", "still"], pool.Labels!.Select(static l => l.Value));
        Assert.Equal((0.6, SpeakerSplit.Clips), (pool.Keep["sadness"], pool.Split));
        Assert.Equal(["ravdess", "tess"], LicenceCheck.Stopping(DataLicences.Of(pool)));
        Assert.Contains("Did you mean 'tess'", Assert.Single(Problems(() => ReadDeployment(text.Replace(", tess ]", ", tes ]", StringComparison.Ordinal)))), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_corpus_has_a_key_of_its_own_and_so_have_manifests()
    {
        Deployment deployment = ReadDeployment("""
            data:
              berlin: { emodb: { path: emodb, split: clips, seed: 7, clipSeconds: 2 } }
              ravdess: { ravdess: { path: r } }
              tess: { tess: { path: t } }
              savee: { savee: { path: s, noise: n } }
              fsdd: { fsdd: { path: f } }
              iemocap: { iemocap: { path: i } }
            """);
        Assert.Equal(
            new CorpusData { Corpus = Corpus.Emodb, Path = Path.GetFullPath("emodb"), Split = SpeakerSplit.Clips, Seed = 7, ClipSeconds = 2, Name = "berlin" },
            deployment.Data("berlin"));
        Assert.Equal(
            new ManifestData
            {
                Path = Path.GetFullPath("m/list.tsv"),
                Split = SpeakerSplit.Clips,
                Resample = 16_000,
                Fit = ClipFit.Centre,
                ClipSeconds = 1.5,
                Licence = "CC0",
                Name = "m",
            },
            ReadDeployment("data: { m: { manifest: { path: m/list.tsv, split: clips, resample: 16000, fit: centre, clipSeconds: 1.5, licence: CC0 } } }").Data("m"));
        Assert.Equal(new ManifestData { Path = Path.GetFullPath("l.csv"), Name = "m" }, ReadDeployment("data: { m: { manifest: { path: l.csv } } }").Data("m"));
        Assert.Equal(Enum.GetValues<Corpus>(), deployment.DataNames.Select(n => ((CorpusData)deployment.Data(n)).Corpus));
        Assert.Equal(new CorpusData { Corpus = Corpus.Savee, Path = Path.GetFullPath("s"), Noise = Path.GetFullPath("n"), Name = "savee" }, deployment.Data("savee"));
    }

    [Fact]
    public void Without_a_file_the_defaults_hold()
    {
        Deployment deployment = ReadDeployment("{}");
        Assert.Empty(deployment.DataNames);
        Assert.Null(deployment.LocalWorkers);
        Assert.Equal(1, deployment.Slots);
    }

    [Fact]
    public void State_and_blobs_may_be_on_servers_and_their_secrets_in_a_file_and_in_the_environment()
    {
        string password = Path.GetTempFileName();
        File.WriteAllText(password, "p;w\n");
        Environment.SetEnvironmentVariable("PIPELINE_TEST_BLOBS", "UseDevelopmentStorage=true");
        Deployment deployment = ReadDeployment($$"""
            state: { postgres: "Host=127.0.0.1;Database=d", passwordFile: {{password}} }
            blobs: { azure: { connectionString: "${PIPELINE_TEST_BLOBS}", container: blobs, cacheBytes: 1000000 } }
            """);
        File.Delete(password);
        Assert.True(deployment.IsShared);
        Assert.Throws<BadInputException>(deployment.Postgres);
        AzureBlobOptions azure = deployment.AzureBlobs()!;
        Assert.Equal(("UseDevelopmentStorage=true", "blobs", 1_000_000), (azure.ConnectionString, azure.Container, azure.CacheBytes));
        File.WriteAllText(password, "p;w\n");
        Assert.Equal("p;w", new Npgsql.NpgsqlConnectionStringBuilder(deployment.Postgres()).Password);
        File.Delete(password);
    }

    [Theory]
    [InlineData("blobs: { azure: { container: blobs } }", "found neither account nor connection string")]
    [InlineData("blobs: { azure: { account: Big, container: blobs } }", "pipeline.yaml:1: blobs.azure.account: found 'Big'")]
    [InlineData("blobs: { azure: { connectionString: \"${PIPELINE_NO_SUCH_VARIABLE}\", container: blobs } }", "PIPELINE_NO_SUCH_VARIABLE")]
    public void A_container_that_is_not_whole_is_said_when_it_is_used(string text, string message) =>
        Assert.Contains(message, Assert.Throws<BadInputException>(() => ReadDeployment(text).AzureBlobs()).Message, StringComparison.Ordinal);

    [Fact]
    public void Targets_gates_and_fleets_read_with_what_is_built_in()
    {
        Deployment deployment = ReadDeployment("""
            targets: { cortex-m4: { ramBytes: 131072 }, zero: { like: pi-aarch64, flashBytes: 1000 } }
            gates: { kws: { int8Drop: { on: test, max: 0.01 }, accuracyInt8: { min: 0.8 } } }
            fleets: { lab: { devices: { labels: { site: lab } }, targets: [zero] }, home: {} }
            """);
        Assert.Equal(["cortex-m4", "pi-aarch64", "zero"], deployment.Targets.Keys);
        Assert.Equal(new TargetSpec("cortex-m4", "cortex-m4", null, 131_072), deployment.Target("cortex-m4"));
        Assert.Equal(new TargetSpec("zero", "pi-aarch64", 1000), deployment.Target("zero"));
        Assert.Equal([new Gate("int8Drop", null, 0.01), new Gate("accuracyInt8", 0.8, null)], deployment.Gates("kws"));
        Assert.Empty(deployment.Gates("other"));
        Assert.Equal("lab", deployment.Fleet("lab").Labels["site"]);
        Assert.Equal(["zero"], deployment.Fleet("lab").Targets!);
        Assert.Null(deployment.Fleet("home").Targets);
    }
}
