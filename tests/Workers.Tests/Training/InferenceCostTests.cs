using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

public sealed class InferenceCostTests
{
    [Theory]
    [InlineData(0.5, 3)]
    [InlineData(0.95, 5)]
    [InlineData(0.2, 1)]
    [InlineData(0.21, 2)]
    public void A_quantile_is_the_value_that_so_many_do_not_exceed(double share, double expected) =>
        Assert.Equal(expected, InferenceCost.Quantile([5, 1, 4, 2, 3], share));
}
