namespace Pipeline.Workers.Training;

/// <summary>Counts what a classifier gets right, and adds up its loss.</summary>
internal sealed class Tally(int classes)
{
    private double _lossSum;
    private long _count;
    private long _correct;
    private double _batchAccuracies;
    private int _batches;

    /// <summary>Counts by [true class][predicted class].</summary>
    public int[][] Confusion { get; } = [.. Enumerable.Range(0, classes).Select(_ => new int[classes])];

    /// <summary>Mean loss; 0 where nothing was counted.</summary>
    public double Loss => _count == 0 ? 0 : _lossSum / _count;

    /// <summary>The share that was right, 0 to 1.</summary>
    public double Accuracy => _count == 0 ? 0 : (double)_correct / _count;

    /// <summary>The mean of the batches' accuracies, in which a short last batch counts as much as the others: a figure that papers give.</summary>
    public double BatchAccuracy => _batches == 0 ? 0 : _batchAccuracies / _batches;

    /// <summary>The greatest norm of the gradients of a step, before they were clipped.</summary>
    public double GradientNorm { get; private set; }

    /// <summary>Takes note of the norm of a step's gradients.</summary>
    public void AddGradientNorm(double norm) => GradientNorm = Math.Max(GradientNorm, norm);

    /// <summary>Adds a batch whose loss is measured here, in double precision.</summary>
    /// <param name="logits">[labels, classes].</param>
    /// <param name="labels">The true classes.</param>
    public void Add(ReadOnlySpan<float> logits, ReadOnlySpan<long> labels)
    {
        double loss = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            loss += CrossEntropy(logits.Slice(i * classes, classes), (int)labels[i]);
        }

        Add(logits, labels, loss / labels.Length);
    }

    /// <summary>Adds a batch of a known mean loss.</summary>
    public void Add(ReadOnlySpan<float> logits, ReadOnlySpan<long> labels, double meanLoss)
    {
        int correct = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            int predicted = ArgMax(logits.Slice(i * classes, classes));
            Confusion[labels[i]][predicted]++;
            correct += predicted == labels[i] ? 1 : 0;
        }

        _correct += correct;
        _batchAccuracies += (double)correct / labels.Length;
        _batches++;
        _lossSum += meanLoss * labels.Length;
        _count += labels.Length;
    }

    /// <summary>The index of the greatest value, the first among equals.</summary>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }

    private static double CrossEntropy(ReadOnlySpan<float> logits, int label)
    {
        double max = logits[ArgMax(logits)];
        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp(logit - max);
        }

        return Math.Log(sum) + max - logits[label];
    }
}
