using System.Globalization;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <summary>What a trial fails by, in words that say which key of the sweep to change, from which value.</summary>
internal static class TrialFailures
{
    /// <summary>A norm that leaves most steps of most recipes as they are, and takes the great ones down.</summary>
    private const int UsualClipNorm = 5;

    /// <summary>Training diverged.</summary>
    /// <param name="found">What was found, and where: the beginning of a sentence.</param>
    /// <param name="rate">The learning rate there.</param>
    /// <param name="train">The recipe.</param>
    public static PipelineException Diverged(string found, double rate, TrainSpec train)
    {
        string clip = train.ClipNorm > 0 ? $"train.clipNorm below {Text(train.ClipNorm)}" : $"train.clipNorm, for example {UsualClipNorm} (it is 0: any)";
        return new($"{found}, at a learning rate of {rate.ToString("G3", CultureInfo.InvariantCulture)}: training diverged. "
            + $"Set train.learningRate below {Text(train.LearningRate)}, train.warmupEpochs above {Text(train.WarmupEpochs)}, or {clip}.");
    }

    /// <summary>Memory ran out.</summary>
    /// <param name="spec">The trial.</param>
    /// <param name="graph">Its model.</param>
    /// <param name="cause">How it was heard of.</param>
    public static PipelineException OutOfMemory(TrialSpec spec, Graph graph, Exception cause)
    {
        double gigabytes = spec.Train.BatchSize * graph.Nodes.Sum(static n => (double)n.Shape.Elements) * sizeof(float) / 1e9;
        return new(
            $"Memory ran out. Model '{graph.Name}' keeps about {gigabytes.ToString("G2", CultureInfo.InvariantCulture)} GB of activations for a batch of {spec.Train.BatchSize} clips. "
            + $"Set train.batchSize below {spec.Train.BatchSize}, take a smaller model (model.*), or run fewer trials at a time (workers.local in pipeline.yaml).",
            cause);
    }

    /// <summary>
    /// Refuses to train without a clip of each class: what was never shown is never answered, and its recall is 0 whatever the recipe. A class that is only
    /// absent where a trial is measured is said in its log: the figures are then those of the others, and those of all folds together are whole.
    /// </summary>
    /// <exception cref="BadInputException">A class has no clip in the training split.</exception>
    public static void CheckClasses(ITrialData data, FoldSpec? fold, ITrialObserver observer)
    {
        if (data.Rows(Split.Train) == 0)
        {
            throw new BadInputException($"{PlaceOf("training", fold)} has no clip. Expected at least one of each class: {Remedy(fold)}.");
        }

        if (Missing(data, Split.Train) is { Length: > 0 } untrained)
        {
            throw new BadInputException($"{PlaceOf("training", fold)} has no clip of {untrained}. Expected at least one of each class: {Remedy(fold)}.");
        }

        foreach ((Split split, string name) in new[] { (Split.Validation, "validation"), (Split.Test, "test") })
        {
            if (data.Rows(split) > 0 && Missing(data, split) is { Length: > 0 } unmeasured)
            {
                observer.Log($"{PlaceOf(name, fold)} has no clip of {unmeasured}: its UAR and macro F1 are those of the other classes");
            }
        }
    }

    private static string PlaceOf(string split, FoldSpec? fold) => fold is null ? $"The {split} split" : $"The {split} part of fold {fold.Index} of {fold.Folds.Count}";

    private static string Remedy(FoldSpec? fold) => fold switch
    {
        null => "add recordings, or move some there by the data set's split in pipeline.yaml, or leave the class out",
        { Folds.By: FoldBy.Speaker } => $"add recordings of other speakers, set folds.by to clip (it is speaker) or folds.count to another than {fold.Folds.Count}, or leave the class out",
        _ => $"add recordings, set folds.count above {fold.Folds.Count}, or leave the class out",
    };

    private static string Missing(ITrialData data, Split split)
    {
        IReadOnlyList<int> counts = data.CountsOf(split);
        string[] names = [.. data.Classes.Where((_, c) => counts[c] == 0).Select(static name => $"'{name}'")];
        return names.Length == 0 ? "" : $"{(names.Length == 1 ? "class" : "classes")} {string.Join(", ", names)}";
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
