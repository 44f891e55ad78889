using Pipeline.Contracts;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Torch;

public sealed class TorchTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_dropout_mask_is_what_the_stable_random_source_draws_whatever_the_threads(int threads)
    {
        torch.set_num_threads(threads);
        using DisposeScope scope = torch.NewDisposeScope();
        var masks = new StableMasks(11, TrialDevice.Processor);
        masks.BeginStep(5);
        masks.Next([3], 0.5);
        float[] mask = masks.Next([100_000], 0.3).Floats().ToArray();

        StableRandom random = StableRandom.For(11, "dropout", 5, 1);
        Assert.All(mask, m => Assert.Equal(random.NextDouble() < 0.3 ? 0f : (float)(1 / 0.7), m));
    }

    [Fact]
    public void An_error_of_libtorch_is_thrown_with_its_words_and_leaves_nothing_behind()
    {
        long before = Tensor.TotalCount;
        using (torch.NewDisposeScope())
        {
            Tensor a = torch.zeros([2, 3]);
            var e = Assert.Throws<TorchException>(() => a.add(torch.zeros([4, 5])));
            Assert.Contains("size", e.Message);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Asking_for_more_memory_than_there_is_says_what_to_change()
    {
        var e = Assert.ThrowsAny<Exception>(() => torch.empty([1L << 50]));
        Assert.True(e is PipelineException { ExitCode: 1 } && e.Message.Contains("batchSize"), e.ToString());
    }

    [Fact]
    public void A_thread_keeps_its_own_number_of_threads()
    {
        torch.set_num_threads(1);
        int inside = 0;
        var other = new Thread(() =>
        {
            torch.set_num_threads(2);
            inside = torch.get_num_threads();
        });
        other.Start();
        other.Join();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.zeros([1 << 20]).add(torch.zeros([1 << 20]));
        Assert.Equal(2, inside);
        Assert.Equal(1, torch.get_num_threads());
    }
}
