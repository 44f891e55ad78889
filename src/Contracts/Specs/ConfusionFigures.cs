namespace Pipeline.Contracts;

/// <summary>What a confusion matrix, [true class][predicted class], comes to.</summary>
/// <param name="Accuracy">The share that was right: in the emotion literature, the weighted accuracy.</param>
/// <param name="Uar">The unweighted average recall: the mean recall of the classes that occur.</param>
/// <param name="MacroF1">The mean F1 of the classes that occur, as true or as predicted ones; that of one that was never right is 0.</param>
public sealed record ConfusionFigures(double Accuracy, double Uar, double MacroF1)
{
    /// <summary>The figures of a matrix; null where it counts nothing.</summary>
    public static ConfusionFigures? Of(int[][] confusion) => OfSum([confusion]);

    /// <summary>The figures of several matrices of the same classes, added; null where they count nothing.</summary>
    public static ConfusionFigures? OfSum(IReadOnlyList<int[][]> matrices)
    {
        int classes = matrices.Count > 0 ? matrices[0].Length : 0;
        double[] hits = new double[classes];
        double[] actual = new double[classes];
        double[] predicted = new double[classes];
        foreach (int[][] matrix in matrices)
        {
            for (int t = 0; t < classes; t++)
            {
                hits[t] += matrix[t][t];
                actual[t] += matrix[t].Sum();
                for (int p = 0; p < classes; p++)
                {
                    predicted[p] += matrix[t][p];
                }
            }
        }

        int[] occur = [.. Enumerable.Range(0, classes).Where(c => actual[c] > 0)];
        return occur.Length == 0 ? null : new(
            hits.Sum() / actual.Sum(),
            occur.Average(c => hits[c] / actual[c]),
            Enumerable.Range(0, classes).Where(c => actual[c] + predicted[c] > 0).Average(c => 2 * hits[c] / (actual[c] + predicted[c])));
    }
}
