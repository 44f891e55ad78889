using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Shards;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
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
    private readonly TrainingLoss _loss;
    private readonly Teacher? _teacher;
    private readonly int _stepsPerEpoch;

    /// <summary>Begins with first values drawn from the trial's seed.</summary>
    /// <param name="spec">The trial.</param>
    /// <param name="graph">Its model.</param>
    /// <param name="data">Its batches.</param>
    /// <param name="teacher">The weights' file of the teacher; null: the trial has none.</param>
    public Trainer(TrialSpec spec, Graph graph, ITrialData data, byte[]? teacher = null)
    {
        _teacher = spec.Teacher is { } taught && teacher is not null ? Teacher.Of(taught.Model, teacher, data.Bands) : null;
        (_spec, _data, Graph) = (spec, data, graph);
        State = ModelState.Initialize(graph, spec.Seed);
        Optimizer = OptimizerOf(spec.Train, State);
        Average = spec.Train.AverageDecay > 0 ? new WeightAverage(graph, State, spec.Train.AverageDecay) : null;
        _loss = new TrainingLoss(spec.Train, data.CountsOf(Split.Train));
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

    /// <summary>The average of the weights; null where the recipe has none.</summary>
    public WeightAverage? Average { get; private set; }

    /// <summary>The rate of the last step of an epoch.</summary>
    public double LearningRateAfter(int epoch) => _rate.At((long)epoch * _stepsPerEpoch);

    /// <summary>One pass over the training split.</summary>
    /// <param name="epoch">From 1.</param>
    /// <param name="cancellationToken">Looked at between steps.</param>
    /// <exception cref="PipelineException">The loss or a gradient is not a number.</exception>
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

    /// <summary>What would be handed in now: the averages where there are such, else the weights; and the running statistics.</summary>
    public IReadOnlyList<NamedTensor> Save()
    {
        Average?.Exchange();
        IReadOnlyList<NamedTensor> saved = State.Save();
        Average?.Exchange();
        return saved;
    }

    /// <summary>Ends the training with these weights.</summary>
    public void EndWith(IReadOnlyList<NamedTensor> weights)
    {
        State.CopyFrom(weights);
        Average?.Dispose();
        Average = null;
    }

    /// <summary>Measures on a split what would be handed in now.</summary>
    public Tally Evaluate(Split split, int epoch, CancellationToken cancellationToken)
    {
        Average?.Exchange();
        try
        {
            return Measure(split, epoch, cancellationToken);
        }
        finally
        {
            Average?.Exchange();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _teacher?.Dispose();
        _loss.Dispose();
        Average?.Dispose();
        Optimizer.Dispose();
        State.Dispose();
    }

    private static Optimizer OptimizerOf(TrainSpec recipe, ModelState state) => recipe.Optimizer switch
    {
        OptimizerKind.Sgd => torch.optim.SGD(state.Parameters, recipe.LearningRate, recipe.Momentum, weight_decay: recipe.WeightDecay),
        OptimizerKind.Adam => torch.optim.Adam(state.Parameters, recipe.LearningRate, recipe.Beta1, recipe.Beta2, recipe.Epsilon, recipe.WeightDecay),
        OptimizerKind.AdamW => torch.optim.AdamW(state.Parameters, recipe.LearningRate, recipe.Beta1, recipe.Beta2, recipe.Epsilon, recipe.WeightDecay),
        OptimizerKind.NovoGrad => new NovoGrad(state.Parameters, new(recipe.Beta1, recipe.Beta2, recipe.Epsilon, recipe.WeightDecay)) { LearningRate = recipe.LearningRate },
        _ => throw new InvalidOperationException($"No optimiser {recipe.Optimizer}."),
    };

    private Tally Measure(Split split, int epoch, CancellationToken cancellationToken)
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

    private void Step(FeatureBatch batch, long step, int epoch, Tally tally)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _masks.BeginStep(step);
        Tensor input = Input(batch);
        Mix? mix = _spec.Train.Mixup > 0 ? Mix.Draw(_spec.Seed, step, batch.Count, _spec.Train.Mixup) : null;
        mix?.Apply(input.Floats(), _data.Bands * _data.Frames);
        Tensor logits = _executor.Forward(input, _masks);
        ReadOnlySpan<long> labels = batch.Labels.AsSpan(0, batch.Count);
        Tensor loss = _loss.Of(logits, labels, mix, _teacher?.Answer(input));
        float value = loss.item<float>();
        double rate = _rate.At(step);
        if (!float.IsFinite(value))
        {
            throw TrialFailures.Diverged($"The loss is {value} in epoch {epoch}, step {step}", rate, _spec.Train);
        }

        loss.backward();
        double norm = Optimizer.GradientNorm();
        if (!double.IsFinite(norm))
        {
            throw TrialFailures.Diverged($"The gradients are not finite in epoch {epoch}, step {step}, with a loss of {value:G4}", rate, _spec.Train);
        }

        tally.AddGradientNorm(norm);
        if (_spec.Train is { ClipValue: > 0 } or { ClipNorm: > 0 })
        {
            Optimizer.ClipGradients(_spec.Train.ClipValue, _spec.Train.ClipNorm);
        }

        Optimizer.LearningRate = rate;
        Optimizer.step(step);
        Average?.Take(step);
        tally.Add(logits.Floats(), labels, value);
    }

    private Tensor Input(FeatureBatch batch) =>
        torch.tensor(batch.Features.AsSpan(0, batch.Count * _data.Bands * _data.Frames), [batch.Count, 1, _data.Bands, _data.Frames]);
}
