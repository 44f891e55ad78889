using Pipeline.Contracts;
using Pipeline.Workers.Tests.Training;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Torch;

/// <summary>What a build with the package does in another way than one with our binding; compiled into that build alone.</summary>
public sealed class PackageDeviceTests : IDisposable
{
    private readonly TemporaryBlobs _blobs = new();

    public void Dispose() => _blobs.Dispose();

    [Fact]
    public void Dropout_masks_are_what_the_stable_random_source_draws()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        StableRandom random = new(11);
        Assert.All(TrialDevice.Processor.Mask([50, 40], 0.3, 11).FloatValues(), m => Assert.Equal(random.NextDouble() < 0.3 ? 0f : (float)(1 / 0.7), m));
    }

    [Fact]
    public async Task A_trial_waits_for_its_turn_at_the_device()
    {
        TrialDevice first = new(torch.CPU);
        Task<TrialDevice> second = Task.Run(static () => new TrialDevice(torch.CPU));
        Assert.NotSame(second, await Task.WhenAny(second, Task.Delay(200)));
        first.Dispose();
        first.Dispose();
        using TrialDevice taken = await second.WaitAsync(TimeSpan.FromMinutes(1));

        // Giving it back twice let nobody in beside the second.
        Task<TrialDevice> third = Task.Run(static () => new TrialDevice(torch.CPU));
        Assert.NotSame(third, await Task.WhenAny(third, Task.Delay(200)));
        taken.Dispose();
        (await third.WaitAsync(TimeSpan.FromMinutes(1))).Dispose();
    }

    [Fact]
    public async Task A_trial_in_bfloat16_is_refused_saying_why()
    {
        TrialSpec spec = SmallTrials.Spec("ds-cnn", OptimizerKind.Sgd, 1);
        spec = spec with { Train = spec.Train with { Precision = Precision.Bf16 } };
        BadInputException refused = await Assert.ThrowsAsync<BadInputException>(
            () => new TrialRunner(_blobs.Store).RunAsync(spec, SmallTrials.Data(spec), null, new HeardTrial(), default));
        Assert.Contains("train.precision is bf16", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, refused.ExitCode);
    }

    [Fact]
    public void Lack_of_memory_is_told_by_the_words_of_the_package()
    {
        Exception thrown = Assert.ThrowsAny<Exception>(() => torch.empty([1L << 50]));
        Assert.IsType<TorchMemoryException>(TorchFaults.Of(thrown));
    }
}
