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

    [Theory]
    [InlineData(59, 1e-3)]
    [InlineData(60, 1e-3 * 0.8607)]
    [InlineData(79, 1e-3 * 0.8607)]
    [InlineData(80, 1e-3 * 0.8607 * 0.8607)]
    public void A_step_decay_falls_with_the_first_step_of_an_epoch(int epochsDone, double expected)
    {
        LearningRate rate = new(new TrainSpec { Epochs = 300, LearningRate = 1e-3, HoldEpochs = 40, Decay = DecayKind.Step, DecayEvery = 20, DecayFactor = 0.8607 }, 16);
        Assert.Equal(expected, rate.At((epochsDone * 16) + 1), 12);
        Assert.Equal(expected, rate.At((epochsDone + 1) * 16), 12);
    }

    [Fact]
    public void After_the_hold_a_polynomial_decay_falls_to_zero_and_an_exponential_one_by_its_factor_each_epoch()
    {
        LearningRate polynomial = new(new TrainSpec { Epochs = 100, LearningRate = 0.05, WarmupEpochs = 5, HoldEpochs = 45, Decay = DecayKind.Polynomial, DecayPower = 2 }, 10);
        Assert.Equal((0.025, 0.05, 0.05), (polynomial.At(25), polynomial.At(50), polynomial.At(500)));
        Assert.Equal(0.05 * 0.25, polynomial.At(750), 12);
        Assert.Equal(0, polynomial.At(1000), 12);
        LearningRate exponential = new(new TrainSpec { Epochs = 10, LearningRate = 0.1, HoldEpochs = 2, Decay = DecayKind.Exponential, DecayFactor = 0.9 }, 4);
        Assert.Equal(0.1 * 0.81, exponential.At(16), 12);
    }
}
