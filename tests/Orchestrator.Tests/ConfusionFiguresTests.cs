using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Tests;

public sealed class ConfusionFiguresTests
{
    /// <summary>The published matrix of EdgeRNN's released IEMOCAP model: accuracy 63.99 %, UAR 64.42 % (models.md 4.6).</summary>
    [Fact]
    public void A_published_matrix_gives_its_published_figures()
    {
        ConfusionFigures figures = ConfusionFigures.Of([[178, 27, 27, 96], [25, 164, 5, 27], [36, 7, 130, 44], [49, 25, 31, 237]])!;
        Assert.Equal(709 / 1108.0, figures.Accuracy, 12);
        Assert.Equal(0.6442, figures.Uar, 4);
    }

    [Fact]
    public void Classes_that_do_not_occur_count_for_nothing_and_matrices_are_added()
    {
        // Class 1 occurs only as a prediction: its recall is not defined, its F1 is 0; class 2 does not occur.
        ConfusionFigures figures = ConfusionFigures.OfSum([[[2, 1, 0], [0, 0, 0], [0, 0, 0]], [[1, 0, 0], [0, 0, 0], [0, 0, 0]]])!;
        Assert.Equal((0.75, 0.75), (figures.Accuracy, figures.Uar));
        Assert.Equal(6 / 7.0 / 2, figures.MacroF1, 12);
        Assert.Null(ConfusionFigures.Of([[0, 0], [0, 0]]));
        Assert.Null(ConfusionFigures.OfSum([]));
    }
}
