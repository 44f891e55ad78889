using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Graph;
using Pipeline.Workers.Torch;

namespace Pipeline.Workers.Training;

/// <summary>
/// Trains one model epoch by epoch and measures it. All randomness derives from (seed, epoch, step), so that weights, optimiser state and the epoch's
/// number are all that there is to save. Belongs to one thread.
/// </summary>
internal sealed class Trainer : IDisposable
{
    private readonly TrialSpec _spec;
    private readonly ITrialData _data;
    private readonly GraphExecutor _executor;
    private readonly StableMasks _masks;
    private readonly LearningRate _rate;
    private readonly int _stepsPerEpoch;

    /// <summary>Begins with first values drawn from the trial's seed.</summary>
    public Trainer(TrialSpec spec, Graph graph, ITrialData data)
    {
        (_spec, _data, Graph) = (spec, data, graph);
        State = ModelState.Initialize(graph, spec.Seed);
        Optimizer = spec.Train.Optimizer switch
        {
            OptimizerKind.Sgd => torch.optim.SGD(State.Parameters, spec.Train.LearningRate, spec.Train.Momentum, spec.Train.WeightDecay),
            OptimizerKind.Adam => torch.optim.Adam(State.Parameters, spec.Train.LearningRate, weight_decay: spec.Train.WeightDecay),
            _ => throw new InvalidOperationException($"No optimiser {spec.Train.Optimizer}."),
        };
        _executor = new GraphExecutor(graph, State);
        _masks = new StableMasks(spec.Seed);
        _stepsPerEpoch = (data.Rows(Split.Train) + spec.Train.BatchSize - 1) / spec.Train.BatchSize;
        _rate = new LearningRate(spec.Train, _stepsPerEpoch);
    }

    /// <summary>The model.</summary>
    public Graph Graph { get; }

    /// <summary>Its weights and running statistics.</summary>
    public ModelState State { get; }

    /// <summary>What changes them.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>The rate of the last step of an epoch.</summary>
    public double LearningRateAfter(int epoch) => _rate.At((long)epoch * _stepsPerEpoch);

    /// <summary>One pass over the training split.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="cancellationToken">Looked at between steps.</param>
    /// <exception cref="PipelineException">The loss is not a number.</exception>
    public Tally TrainEpoch(int epoch, CancellationToken cancellationToken)
    {
        var tally = new Tally(_data.Classes.Count);
        long step = (long)(epoch - 1) * _stepsPerEpoch;
        foreach (FeatureBatch batch in _data.Read(Split.Train, epoch - 1, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            step++;
            Step(batch, step, epoch, tally);
        }

        return tally;
    }

    /// <summary>Measures the model as it stands on a split.</summary>
    public Tally Evaluate(Split split, int epoch, CancellationToken cancellationToken)
    {
        var tally = new Tally(_data.Classes.Count);
        using IDisposable off = torch.no_grad();
        foreach (FeatureBatch batch in _data.Read(split, epoch - 1, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor logits = _executor.Forward(Input(batch), null);
            tally.Add(logits.Floats(), batch.Labels.AsSpan(0, batch.Count));
        }

        return tally;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Optimizer.Dispose();
        State.Dispose();
    }

    private void Step(FeatureBatch batch, long step, int epoch, Tally tally)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _masks.BeginStep(step);
        Tensor logits = _executor.Forward(Input(batch), _masks);
        ReadOnlySpan<long> labels = batch.Labels.AsSpan(0, batch.Count);
        Tensor loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels, [batch.Count]));
        float value = loss.item<float>();
        double rate = _rate.At(step);
        if (!float.IsFinite(value))
        {
            throw new PipelineException(
                $"The loss is {value} in epoch {epoch}, step {step}, at a learning rate of {rate:G3}: training diverged. Take a smaller train.learningRate, or more train.warmupEpochs.");
        }

        loss.backward();
        Optimizer.LearningRate = rate;
        Optimizer.step(step);
        tally.Add(logits.Floats(), labels, value);
    }

    private Tensor Input(FeatureBatch batch) =>
        torch.tensor(batch.Features.AsSpan(0, batch.Count * _data.Bands * _data.Frames), [batch.Count, 1, _data.Bands, _data.Frames]);
}
