using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;

namespace Pipeline.Workers.Training;

/// <summary>The life of one trial: epochs, checkpoints, the test at the end.</summary>
internal sealed class TrialRun(
    TrialSpec spec, Graph graph, ITrialData data, TrialBlobs blobs, ITrialObserver observer, TimeProvider time, byte[]? teacher, ResidentSets? resident)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>Runs the trial from a checkpoint, or from the start, on a device of the calling thread.</summary>
    public TrialResult Run(ITrialDevice device, Checkpoint? checkpoint, byte[]? state, CancellationToken cancellationToken)
    {
        using var trainer = new Trainer(spec, graph, data, device, teacher, resident);
        double secondsBefore = checkpoint?.Seconds ?? 0;
        TrialCheckpoint? reached = state is null ? null : TrialCheckpoint.Restore(state, checkpoint!.Blob, trainer);
        Begin(reached);
        for (int epoch = (reached?.Last.Epoch ?? 0) + 1; epoch <= spec.Train.Epochs && !HasLostPatience(reached); epoch++)
        {
            (EpochMetrics metrics, double clipsPerSecond) = RunEpoch(trainer, epoch, cancellationToken);
            reached = Keep(reached, metrics, trainer);

            // If the process dies here, the epoch is run again and its checkpoint is overwritten with the same bytes.
            Checkpoint published = blobs.PutCheckpoint(epoch, reached.Write(trainer), secondsBefore + Seconds);
            observer.EpochEnded(new EpochReport(epoch, metrics.Values, published, clipsPerSecond));

            // This checkpoint and the one before stay: an owner that was told of the older one may still be reading it.
            blobs.DeleteCheckpoint(epoch - 2);
        }

        return Finish(trainer, reached ?? throw new BadInputException("train.epochs is below 1. Expected at least 1."), secondsBefore, cancellationToken);
    }

    /// <summary>Asked before an epoch, so that a trial that is taken over ends where it would have ended.</summary>
    private bool HasLostPatience(TrialCheckpoint? reached)
    {
        if (spec.Train.Patience == 0 || reached is null || reached.Last.Epoch - reached.Best.Epoch < spec.Train.Patience)
        {
            return false;
        }

        observer.Log($"ends: no better validation accuracy in the {spec.Train.Patience} epochs since epoch {reached.Best.Epoch}");
        return true;
    }

    private double Seconds => time.GetElapsedTime(_started).TotalSeconds;

    private void Begin(TrialCheckpoint? reached)
    {
        TrialFailures.CheckClasses(data, spec.Fold, observer);
        observer.Log($"{graph.Name}: {graph.ParameterCount} parameters, {graph.Macs / 1e6:F2} million multiply-accumulates; {data.Rows(Split.Train)} training, "
            + $"{data.Rows(Split.Validation)} validation, {data.Rows(Split.Test)} test rows of {data.Bands} x {data.Frames}; seed {spec.Seed}");
        if (reached is not null)
        {
            observer.Log($"goes on after epoch {reached.Last.Epoch}");
        }
    }

    private (EpochMetrics Metrics, double ClipsPerSecond) RunEpoch(Trainer trainer, int epoch, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        Tally training = trainer.TrainEpoch(epoch, cancellationToken);
        double seconds = time.GetElapsedTime(begun).TotalSeconds;
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["learningRate"] = trainer.LearningRateAfter(epoch),
            ["train/loss"] = training.Loss,
            ["train/accuracy"] = training.Accuracy,
            ["train/gradientNorm"] = training.GradientNorm,
        };
        Measure(trainer, Split.Validation, "val", epoch, values, cancellationToken);
        double clipsPerSecond = data.Rows(Split.Train) / Math.Max(seconds, 1e-9);
        string validation = values.TryGetValue("val/accuracy", out double accuracy) ? $", validation loss {values["val/loss"]:F4} accuracy {accuracy:P2}" : "";
        observer.Log($"epoch {epoch}/{spec.Train.Epochs}: loss {training.Loss:F4} accuracy {training.Accuracy:P2}{validation}; {clipsPerSecond:F0} clips/s");
        return (new EpochMetrics(epoch, values), clipsPerSecond);
    }

    private int[][] Measure(
        Trainer trainer, Split split, string prefix, int epoch, SortedDictionary<string, double> values, CancellationToken cancellationToken)
    {
        Tally tally = trainer.Evaluate(split, epoch, cancellationToken);
        if (!double.IsFinite(tally.Loss))
        {
            throw TrialFailures.Diverged($"The {prefix} loss is {tally.Loss} with the weights of epoch {epoch}", trainer.LearningRateAfter(epoch), spec.Train);
        }

        if (data.Rows(split) > 0)
        {
            values[$"{prefix}/loss"] = tally.Loss;
            values[$"{prefix}/accuracy"] = tally.Accuracy;
            values[$"{prefix}/batchAccuracy"] = tally.BatchAccuracy;
            ConfusionFigures figures = ConfusionFigures.Of(tally.Confusion)!;
            values[$"{prefix}/uar"] = figures.Uar;
            values[$"{prefix}/macroF1"] = figures.MacroF1;
        }

        return tally.Confusion;
    }

    private TrialCheckpoint Keep(TrialCheckpoint? before, EpochMetrics metrics, Trainer trainer)
    {
        if (spec.Train.Keep == KeepEpoch.Last)
        {
            return new(metrics, metrics, null);
        }

        bool better = before is null || metrics.Values.GetValueOrDefault("val/accuracy") > before.Best.Values.GetValueOrDefault("val/accuracy");
        return better ? new(metrics, metrics, trainer.Save()) : before! with { Last = metrics };
    }

    private TrialResult Finish(Trainer trainer, TrialCheckpoint reached, double secondsBefore, CancellationToken cancellationToken)
    {
        trainer.EndWith(reached.BestWeights ?? trainer.Save());
        var values = new SortedDictionary<string, double>(reached.Best.Values, StringComparer.Ordinal);
        int[][] confusion = Measure(trainer, Split.Test, "test", reached.Best.Epoch, values, cancellationToken);
        byte[] weights = Safetensors.Write(trainer.State.Save(), new Dictionary<string, string> { ["model"] = graph.Name });
        if (values.TryGetValue("test/accuracy", out double accuracy))
        {
            observer.Log($"test, with the weights of epoch {reached.Best.Epoch}: loss {values["test/loss"]:F4} accuracy {accuracy:P2}");
        }

        return new TrialResult
        {
            Parameters = graph.ParameterCount,
            Epochs = reached.Last.Epoch,
            Metrics = values,
            Confusion = confusion,
            WeightsBlob = blobs.PutWeights(weights),
            WeightsSha256 = ContentHash.Of(weights).Hex,
            Seconds = secondsBefore + Seconds,
        };
    }
}
