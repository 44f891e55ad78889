using Pipeline.Contracts;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

public sealed class LearningRateTests
{
    [Fact]
    public void It_rises_linearly_from_the_first_step_then_falls_by_half_a_cosine_to_zero()
    {
        var rate = new LearningRate(new TrainSpec { Epochs = 10, LearningRate = 0.1, WarmupEpochs = 2 }, StepsPerEpoch: 50);
        Assert.Equal(0.001, rate.At(1), 12);
        Assert.Equal(0.05, rate.At(50), 12);
        Assert.Equal(0.1, rate.At(100), 12);
        Assert.Equal(0.05, rate.At(300), 12);
        Assert.Equal(0.05 * (1 + Math.Cos(Math.PI / 4)), rate.At(200), 12);
        Assert.Equal(0, rate.At(500), 12);
    }

    [Fact]
    public void Without_decay_it_stays() =>
        Assert.Equal(0.3, new LearningRate(new TrainSpec { Epochs = 2, LearningRate = 0.3, Decay = DecayKind.None }, 5).At(10));

    [Fact]
    public void A_warm_up_as_long_as_the_training_ends_at_the_top() =>
        Assert.Equal(0.1, new LearningRate(new TrainSpec { Epochs = 2, LearningRate = 0.1, WarmupEpochs = 2 }, 5).At(10), 12);
}
