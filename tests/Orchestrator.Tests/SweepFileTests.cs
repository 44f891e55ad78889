using Pipeline.Contracts;
using Pipeline.Orchestrator.Configuration;
using Pipeline.Orchestrator.Sweeps;
using static Pipeline.Orchestrator.Tests.ConfigTexts;

namespace Pipeline.Orchestrator.Tests;

public sealed class SweepFileTests
{
    /// <summary>The parameters of the file, one of them with several values, up to where training begins.</summary>
    private const string Varied = "  model.tau: { choice: [1, 2] }\n  train.learningRate: 0.05\ntrain: {";

    [Fact]
    public void A_whole_file_reads_into_a_definition_with_its_defaults()
    {
        SweepDefinition sweep = ReadSweep(Sweep).Definition;
        Assert.Equal(("width", "bc-resnet", SearchMethod.Grid), (sweep.Name, sweep.Model, sweep.Search.Method));
        Assert.Equal((3, 1.0, DecayKind.Cosine), (sweep.Train.Epochs, sweep.Train.WarmupEpochs, sweep.Train.Decay));
        Assert.Equal(new ObjectiveSpec("val/accuracy", true), sweep.Objective);
        Assert.Equal(AugmentWhen.Training, sweep.Augment!.When);
        Assert.Equal(["model.tau"], sweep.VariedKeys);
        Assert.Single(sweep.Seeds);
    }

    [Fact]
    public void Distillation_is_read_with_its_defaults_and_may_be_searched()
    {
        string text = Sweep.Replace("epochs: 3", "epochs: 3, distill: { from: kws@champion, weight: 0.7 }", StringComparison.Ordinal)
            .Replace("train.learningRate: 0.05", "train.distillTemperature: { choice: [1, 4] }", StringComparison.Ordinal);
        SweepDefinition sweep = ReadSweep(text).Definition;
        Assert.Equal(("kws@champion", 0.7, 2), (sweep.TeacherName, sweep.Train.DistillWeight, sweep.Train.DistillTemperature));
        Assert.Null(sweep.Teacher);
    }

    [Theory]
    [InlineData("epochs: 3", "epoch: 3", "sweep.yaml:7: unknown key 'epoch' in 'train'. Did you mean 'epochs'?")]
    [InlineData("epochs: 3", "epochs: many", "sweep.yaml:7: 'train.epochs' is 'many'. Expected a whole number from 1 to 10000.")]
    [InlineData("epochs: 3", "epochs: 0", "sweep.yaml:7: 'train.epochs' is '0'. Expected a whole number from 1 to 10000.")]
    [InlineData("epochs: 3", "epochs: 2.5", "sweep.yaml:7: 'train.epochs' is '2.5'. Expected a whole number from 1 to 10000.")]
    [InlineData("epochs: 3", "epochs: '3'", "sweep.yaml:7: 'train.epochs' is '3'. Expected a whole number from 1 to 10000.")]
    [InlineData("epochs: 3", "epochs:", "sweep.yaml:7: 'train.epochs' is nothing. Expected a whole number from 1 to 10000.")]
    [InlineData("epochs: 3", "distill: { from: kws, weight: 1 }", "sweep.yaml:7: 'train.distill.from' is 'kws'. Expected a registered model, as kws@champion")]
    [InlineData("epochs: 3", "distill: { from: kws@a }", "sweep.yaml:7: the key 'train.distill.weight' is missing")]
    [InlineData("epochs: 3", "distill: { from: kws@a, weight: 2 }", "sweep.yaml:7: 'train.distill.weight' is '2'. Expected a number from 0 to 1.")]
    [InlineData("train.learningRate: 0.05", "train.distillWeight: 0.5", "sweep.yaml:5: 'train.distillWeight' needs a teacher. Add `distill: { from: MODEL@ALIAS, weight: 0.5 }`")]
    [InlineData("epochs: 3", "optimizer: adamw", "sweep.yaml:7: 'train.optimizer' is 'adamw'. Expected one of sgd, adam, adamW, novoGrad.")]
    [InlineData("train: {", "seeds: [1, 2, x]\ntrain: {", "sweep.yaml:7: 'seeds[2]' is 'x'. Expected a whole number")]
    [InlineData("train: {", "earlyStopping: { method: ashe }\ntrain: {", "sweep.yaml:7: 'earlyStopping.method' is 'ashe'. Expected one of asha, median.")]
    [InlineData("train: {", "earlyStopping: { method: asha, minEpochs: 3 }\ntrain: {", "sweep.yaml:7: 'earlyStopping.minEpochs' is 3, but trials have 3 epochs")]
    [InlineData("train: {", "earlyStopping: { method: asha, metric: test/accuracy }\ntrain: {", "sweep.yaml:7: 'earlyStopping.metric' is 'test/accuracy'. Expected one of train/accuracy")]
    [InlineData(Varied, "  train.learningRate: 0.05\nsearch: { method: ablation }\ntrain: {", "sweep.yaml:6: an ablation needs both")]
    [InlineData("train: {", "ablate: { rate: { train.learningRate: 0 } }\ntrain: {", "sweep.yaml:7: an ablation needs both")]
    [InlineData(Varied, "  train.learningRate: 0.05\nsearch: { method: ablation }\nablate: { rate: { train.learningRat: 0 } }\ntrain: {", "sweep.yaml:7: 'train.learningRat' is no key of the recipe. Did you mean 'learningRate'?")]
    [InlineData("train: {", "search: { method: ablation }\nablate: { rate: { train.learningRate: 0 } }\ntrain: {", "sweep.yaml:5: 'model.tau' has several values, but an ablation has one whole")]
    [InlineData("train: {", "deploy: { targets: [pi-aarch64] }\ntrain: {", "sweep.yaml:7: 'deploy' needs a registered version")]
    [InlineData("train: {", "gates: { flashBytes: { max: 1 } }\ntrain: {", "sweep.yaml:7: 'gates' hold artifacts against bounds, and this sweep builds none")]
    [InlineData("featureSet: tones", "featureSet: { data: tones, frontEnd: mfcc-40-tf-30x10 }\nregister: { model: kws, alias: a }\ndeploy: { targets: [pi-aarch64] }", "sweep.yaml:3: Front end 'mfcc-40-tf-30x10' has no code for boards. Expected one of log-mel-40-torchaudio, log-mel-40-4khz.")]
    [InlineData("train: {", "register: { model: kws, alias: a }\ndeploy: { targets: [pi-aarch65] }\ntrain: {", "sweep.yaml:8: there is no target 'pi-aarch65'. Did you mean 'pi-aarch64'?")]
    [InlineData("train: {", "register: { model: kws, alias: a }\ndeploy: { targets: [pi-aarch64], promote: { to: b, fleet: lab } }\ntrain: {", "sweep.yaml:8: there is no fleet 'lab'. pipeline.yaml defines none.")]
    [InlineData("featureSet: tones", "featureSet: { data: { emodb: { path: e } }, frontEnd: log-mel-40-torchaudio }\nregister: { model: kws, alias: a }\ndeploy: { targets: [pi-aarch64], promote: { to: b } }", "sweep.yaml:5: 'deploy.promote' would be refused: it was trained on emodb: free for research")]
    [InlineData("train: {", "register: { model: kws, alias: a }\ndeploy: { targets: [pi-aarch64], promote: { to: b, allowLicences: [emodb] } }\ntrain: {", "sweep.yaml:8: 'deploy.promote' would be refused: a licence is allowed for 'emodb', which the model was not trained on")]
    [InlineData("train: {", "register: { model: kws, alias: a }\ndeploy: { targets: [pi-aarch64] }\ngates: { ramBytes: { on: test } }\ntrain: {", "sweep.yaml:9: the gate 'ramBytes' bounds nothing")]
    [InlineData("train: {", "objective: { maximize: val/acuracy }\ntrain: {", "sweep.yaml:7: 'objective.maximize' is 'val/acuracy'. Expected one of train/accuracy")]
    [InlineData("train: {", "objective: { maximize: val/accuracy, minimize: val/loss }\ntrain: {", "sweep.yaml:7: 'objective' is a map with maximize, minimize. Expected a map with one of the keys")]
    [InlineData("name: width\n", "", "sweep.yaml:1: the key 'name' is missing")]
    [InlineData("name: width", "name: Width!", "sweep.yaml:1: 'name' is 'Width!'. Expected a name of lower-case letters")]
    [InlineData("bc-resnet", "bc-resnt", "sweep.yaml:2: No model is named 'bc-resnt'. Did you mean 'bc-resnet'?")]
    [InlineData("featureSet: tones", "featureSet: tons", "sweep.yaml:3: there is no feature set 'tons'. Did you mean 'tones'?")]
    [InlineData("featureSet: tones", "featureSet: private", "pipeline.yaml:3: '${PIPELINE_NO_SUCH_VARIABLE}/x' needs the environment variable PIPELINE_NO_SUCH_VARIABLE, which is not set")]
    [InlineData("model.tau", "model.tua", "sweep.yaml:5: Model 'bc-resnet' has no parameter 'tua'. Did you mean 'tau'?")]
    [InlineData("choice: [1, 2]", "choice: [1, 99]", "sweep.yaml:5: Parameter 'tau' of model 'bc-resnet' is '99'. Expected")]
    [InlineData("choice: [1, 2]", "choise: [1, 2]", "sweep.yaml:5: unknown key 'choise' in 'parameters.model.tau'. Did you mean 'choice'?")]
    [InlineData("model.tau", "model.classes", "sweep.yaml:5: 'model.classes' cannot be set")]
    [InlineData("train.learningRate: 0.05", "train.learningRat: 0.05", "sweep.yaml:6: 'train.learningRat' is no key of the recipe. Did you mean 'learningRate'?")]
    [InlineData("train.learningRate: 0.05", "train.learningRate: -1", "sweep.yaml:6: 'train.learningRate' is '-1'. Expected a number from 0 to 100.")]
    [InlineData("train.learningRate: 0.05", "learningRate: 0.05", "sweep.yaml:6: 'learningRate' is no parameter of a sweep")]
    [InlineData("train.learningRate: 0.05", "augment.noiseGain: 0.05", "sweep.yaml:6: augment.noiseGain is set, but no step")]
    [InlineData("train.learningRate: 0.05", "train.learningRate: { uniform: [0.1, 0.2] }", "sweep.yaml:6: 'train.learningRate' is a range, which a grid cannot run through")]
    [InlineData("train: {", "search: { method: random }\ntrain: {", "sweep.yaml:7: a random search needs the key 'search.trials'")]
    [InlineData("train: {", "search: { method: grid, trials: 9 }\ntrain: {", "sweep.yaml:7: 'search.trials' is 9, but a grid runs every combination")]
    [InlineData("train: {", "search: { method: tpe, trials: 9 }\ntrain: {", "sweep.yaml:7: 'search.method' is 'tpe'. Expected one of grid, random, ablation.")]
    [InlineData("train: {", "resources: { device: gpu }\ntrain: {", "sweep.yaml:7: 'resources.device' is 'gpu'. Expected cpu or cuda:N.")]
    [InlineData("train: {", "register: { model: kws, alias: latest }\ntrain: {", "sweep.yaml:7: The alias 'latest' is reserved")]
    [InlineData("train: {", "train: {}\ntrain: {", "sweep.yaml:")]
    [InlineData("train: {", "x: *a\ntrain: {", "sweep.yaml:7: YAML aliases (*a) are not taken")]
    public void A_mistake_is_named_with_its_line_what_was_found_and_what_was_expected(string replaced, string by, string message) =>
        Assert.StartsWith(message, Problem(Sweep.Replace(replaced, by, StringComparison.Ordinal)), StringComparison.Ordinal);

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_the_lines()
    {
        string text = Sweep.Replace("choice: [1, 2]", "choice: []", StringComparison.Ordinal).Replace("epochs: 3", "epochs: 0, moment: 1", StringComparison.Ordinal);
        string[] problems = Problems(() => ReadSweep("nme: x\n" + text));
        Assert.Equal(4, problems.Length);
        Assert.Equal(["sweep.yaml:1:", "sweep.yaml:6:", "sweep.yaml:8:", "sweep.yaml:8:"], problems.Select(static p => p.Split(' ')[0]));
    }

    [Fact]
    public void Ranges_must_rise_and_logarithms_need_positive_bounds()
    {
        string random = Sweep.Replace("train: {", "search: { method: random, trials: 3 }\ntrain: {", StringComparison.Ordinal);
        Assert.Contains("Expected a lower bound below", Problem(random.Replace("0.05", "{ uniform: [2, 1] }", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("Expected bounds above 0", Problem(random.Replace("0.05", "{ logUniform: [0, 1] }", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_grid_of_too_many_cells_is_refused_with_its_size()
    {
        string values = string.Join(", ", Enumerable.Range(1, 200).Select(static i => $"{i}"));
        string text = Sweep.Replace("0.05", $"{{ choice: [{values}] }}", StringComparison.Ordinal).Replace("train: {", "seeds: 100\ntrain: {", StringComparison.Ordinal);
        text = text.Replace($"[{values}]", "[" + string.Join(", ", Enumerable.Range(1, 100).Select(static i => $"0.{i:000}")) + "]", StringComparison.Ordinal);
        Assert.Contains("the sweep has 20000 trials. Expected at most 10000", Problem(text), StringComparison.Ordinal);
    }

    [Fact]
    public void Set_changes_a_key_that_is_there_and_one_that_is_not()
    {
        SweepDefinition sweep = ReadSweep(
            Sweep, "train.epochs=9", "train.schedule.decay=none", "parameters.model.tau=3", "search.seed=5", "seeds=[4, 5]", "register={model: kws, alias: best}").Definition;
        Assert.Equal((9, DecayKind.None), (sweep.Train.Epochs, sweep.Train.Decay));
        Assert.Contains(new SweptParameter("model.tau", new FixedValue(3)), sweep.Parameters);
        Assert.Equal(5UL, sweep.Search.Seed);
        Assert.Equal([4UL, 5UL], sweep.Seeds);
        Assert.Equal(new RegisterSpec("kws", "best"), sweep.Register);
    }

    [Theory]
    [InlineData("train.epochs=x", "--set train.epochs=x: 'train.epochs' is 'x'. Expected a whole number")]
    [InlineData("train.epoch=3", "--set train.epoch=3: unknown key 'epoch' in 'train'. Did you mean 'epochs'?")]
    [InlineData("trian.epochs=3", "--set trian.epochs=3: unknown key 'trian'. Did you mean 'train'?")]
    [InlineData("train.epochs", "--set train.epochs: expected KEY=VALUE")]
    [InlineData("name.x=1", "--set name.x=1: 'name' is not a map in sweep.yaml")]
    public void A_mistake_in_set_is_told_as_one_of_set(string assignment, string message) =>
        Assert.StartsWith(message, Problem(Sweep, assignment), StringComparison.Ordinal);

    [Fact]
    public void Feature_sets_can_be_written_in_the_sweep()
    {
        SweepFile sweep = ReadSweep(Sweep.Replace("featureSet: tones", "featureSet: { data: { synth: {} }, frontEnd: log-mel-40-4khz }", StringComparison.Ordinal));
        Assert.Equal("log-mel-40-4khz", sweep.FeatureSet.FrontEnd);
        Assert.IsType<FeatureStore.Datasets.SynthData>(sweep.FeatureSet.Data);
        Assert.Null(sweep.Definition.Augment);
    }

    [Fact]
    public void A_file_that_is_absent_or_not_yaml_is_named()
    {
        Assert.Contains("There is no file 'no/such.yaml'", Assert.Single(Problems(() => SweepFile.Load("no/such.yaml", ReadDeployment(), []))), StringComparison.Ordinal);
        Assert.StartsWith("sweep.yaml:1: not YAML", Problem("{ a: [ }"), StringComparison.Ordinal);
        Assert.StartsWith("sweep.yaml: expected one YAML document", Problem("- a"), StringComparison.Ordinal);
        Assert.StartsWith("sweep.yaml: expected one YAML document", Problem(""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_sets_its_keys_but_for_those_that_the_command_line_sets()
    {
        const string text = ConfigTexts.Sweep + "\nbudgets: { small: { train.epochs: 1, seeds: 2, train.batchSize: 7, parameters.model.tau: 3 } }\n";
        Assert.Equal((3, 1), (ReadSweep(text).Definition.Train.Epochs, ReadSweep(text).Definition.Seeds.Count));
        SweepDefinition small = ReadSweep(text, "budget=small", "train.batchSize=9").Definition;
        Assert.Equal((1, 2, 9), (small.Train.Epochs, small.Seeds.Count, small.Train.BatchSize));
        Assert.Equal(new FixedValue(3), small.Parameters.Single(static p => p.Key == "model.tau").Space);
        Assert.Equal(3, ReadSweep(text, "budget=full").Definition.Train.Epochs);
        Assert.Contains("there is no budget 'smal'. Did you mean 'small'?", Problem(text, "budget=smal"), StringComparison.Ordinal);
        Assert.Contains("budgets.small:", Problem(text.Replace("train.epochs: 1", "train.epochs: 0", StringComparison.Ordinal), "budget=small"), StringComparison.Ordinal);
    }
}
