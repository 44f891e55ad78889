using Pipeline.Contracts;
using Pipeline.Testing;
using Pipeline.Workers.Training;
using static Pipeline.Workers.Tests.Training.SmallTrials;

namespace Pipeline.Workers.Tests.Training;

/// <summary>Trials as they run on a device other than the processor: with libtorch's operators, sent batches or resident rows, a stream where there is one.</summary>
public sealed class DeviceTrialTests : IDisposable
{
    private readonly TemporaryBlobs _blobs = new();

    public void Dispose() => _blobs.Dispose();

    [Theory]
    [InlineData("bc-resnet", OptimizerKind.Sgd, false)]
    [InlineData("ds-cnn", OptimizerKind.AdamW, true)]
    [InlineData("edge-rnn-g", OptimizerKind.NovoGrad, true)]
    public async Task A_trial_without_the_processors_kernels_agrees_with_one_that_has_them(string model, OptimizerKind optimizer, bool rich)
    {
        TrialSpec spec = SpecOf(model, optimizer, rich);
        HeardTrial kernels = new();
        HeardTrial plain = new();
        await RunAsync(spec, kernels, kernels: true, null);
        await RunAsync(spec, plain, kernels: false, null);
        Assert.Equal(kernels.Reports[0].Metrics["train/loss"], plain.Reports[0].Metrics["train/loss"], 1e-3);
    }

    [Theory]
    [InlineData("bc-resnet", false)]
    [InlineData("ds-cnn", true)]
    public async Task Rows_that_lie_on_the_device_give_the_bits_of_those_that_are_sent(string model, bool rich)
    {
        TrialSpec spec = SpecOf(model, OptimizerKind.Sgd, rich);
        using ResidentSets resident = new();
        long before = Tensor.TotalCount;
        TrialResult sent = await RunAsync(spec, new HeardTrial(), kernels: false, null);
        Assert.Equal(before, Tensor.TotalCount);
        TrialResult there = await RunAsync(spec, new HeardTrial(), kernels: false, resident);
        Assert.Equal(sent.WeightsSha256, there.WeightsSha256);

        // All rows in one tensor; those of another trial of the same set are these.
        Assert.Equal(before + 1, Tensor.TotalCount);
        await RunAsync(spec, new HeardTrial(), kernels: false, resident);
        Assert.Equal(before + 1, Tensor.TotalCount);
        resident.Dispose();
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public async Task Trials_at_a_time_share_one_copy_of_their_rows_and_end_in_the_weights_of_each_alone()
    {
        using ResidentSets resident = new();
        long before = Tensor.TotalCount;
        TrialSpec[] specs = [.. Enumerable.Range(0, 4).Select(i => SpecOf("bc-resnet", OptimizerKind.Sgd, false) with { Trial = new TrialId(new SweepId("test-0"), i), Seed = (ulong)i })];
        TrialResult[] together = await Task.WhenAll(specs.Select(s => RunAsync(s, new HeardTrial(), kernels: false, resident, dataSeed: 1)));
        Assert.Equal(before + 1, Tensor.TotalCount);
        foreach ((TrialSpec spec, TrialResult result) in specs.Zip(together))
        {
            Assert.Equal((await RunAsync(spec, new HeardTrial(), kernels: false, null, dataSeed: 1)).WeightsSha256, result.WeightsSha256);
        }
    }

    [Fact]
    public async Task Rows_that_differ_from_epoch_to_epoch_are_sent()
    {
        using ResidentSets resident = new();
        TrialSpec spec = SpecOf("bc-resnet", OptimizerKind.Sgd, false);
        long before = Tensor.TotalCount;
        await RunnerOf(kernels: false, resident).RunAsync(spec, Data(spec), null, new HeardTrial(), default);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public async Task A_trial_in_bfloat16_learns_and_is_resumed_bit_for_bit()
    {
        TrialSpec spec = Spec("bc-resnet", OptimizerKind.Sgd, epochs: 6);
        spec = spec with { Train = spec.Train with { Precision = Precision.Bf16 } };
        HeardTrial heard = new();
        TrialResult whole = await RunnerOf(kernels: true, null).RunAsync(spec, Data(spec), null, heard, default);
        Assert.True(heard.Reports[^1].Metrics["train/loss"] < 0.8 * heard.Reports[0].Metrics["train/loss"], string.Join('\n', heard.Lines));
        Checkpoint[] late = [.. heard.Reports.Select(static r => r.Checkpoint!)];
        TrialResult resumed = await RunnerOf(kernels: true, null).RunAsync(spec, Data(spec), late[4], new HeardTrial(), default);
        Assert.Equal(whole.WeightsSha256, resumed.WeightsSha256);
        TrialResult single = await RunnerOf(kernels: true, null).RunAsync(spec with { Train = spec.Train with { Precision = Precision.Float32 } }, Data(spec), null, new HeardTrial(), default);
        Assert.NotEqual(whole.WeightsSha256, single.WeightsSha256);
    }

    /// <summary>Needs a device of CUDA's, and a libtorch that has it.</summary>
    [Theory]
    [Trait("Category", "gpu")]
    [InlineData("bc-resnet", Precision.Float32)]
    [InlineData("ds-cnn", Precision.Bf16)]
    [InlineData("edge-rnn", Precision.Float32)]
    public async Task On_a_graphics_processor_trials_at_a_time_share_rows_and_repeat_their_bits(string model, Precision precision)
    {
        TestTools.SkipIf(torch.cuda.is_available() ? null : $"no device of CUDA's, or libtorch {torch.__version__} without CUDA");
        TrialSpec[] specs = [.. Enumerable.Range(0, 4).Select(i => SpecOf(model, OptimizerKind.Sgd, i % 2 == 1, precision) with
        {
            Trial = new TrialId(new SweepId("test-0"), i), Seed = (ulong)i, Resources = new ResourceSpec { Device = "cuda:0" },
        })];
        using ResidentSets resident = new();
        TrialRunner shared = new(_blobs.Store) { Resident = resident };
        TrialResult[] together = await Task.WhenAll(specs.Select(s => shared.RunAsync(s, FixedData(s, 1), null, new HeardTrial(), default)));
        foreach ((TrialSpec spec, TrialResult result) in specs.Zip(together))
        {
            Assert.Equal((await new TrialRunner(_blobs.Store).RunAsync(spec, FixedData(spec, 1), null, new HeardTrial(), default)).WeightsSha256, result.WeightsSha256);
            TrialResult processor = await new TrialRunner(_blobs.Store).RunAsync(spec with { Resources = new ResourceSpec() }, FixedData(spec, 1), null, new HeardTrial(), default);
            Assert.Equal(processor.Metrics["train/loss"], result.Metrics["train/loss"], 0.1 * processor.Metrics["train/loss"]);
        }
    }

    private static TrialSpec SpecOf(string model, OptimizerKind optimizer, bool rich, Precision precision = Precision.Float32)
    {
        TrialSpec spec = Spec(model, optimizer, epochs: 2);
        return spec with { Train = (rich ? Rich(spec.Train) : spec.Train) with { Precision = precision } };
    }

    private static SyntheticData FixedData(TrialSpec spec, ulong seed) => new(Rows, spec.Train.BatchSize, seed) { IsFixed = true };

    private TrialRunner RunnerOf(bool kernels, ResidentSets? resident) => new(_blobs.Store) { Resident = resident, Take = _ => new TrialDevice(torch.CPU, kernels) };

    private Task<TrialResult> RunAsync(TrialSpec spec, HeardTrial heard, bool kernels, ResidentSets? resident, ulong dataSeed = 9) =>
        RunnerOf(kernels, resident).RunAsync(spec, FixedData(spec, dataSeed), null, heard, default);
}
