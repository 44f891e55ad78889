using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;

namespace Pipeline.Workers.Training;

/// <summary>
/// Trains one model epoch by epoch and measures it. All randomness derives from (seed, epoch, step), so that weights, optimiser state and the epoch's
/// number are all that there is to save. Belongs to one thread.
/// </summary>
internal sealed class Trainer : IDisposable
{
    private readonly TrialSpec _spec;
    private readonly ITrialData _data;
    private readonly ITrialDevice _device;
    private readonly StepBatches _batches;
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
    /// <param name="device">Where it computes; null: on the processor. Held by the caller.</param>
    /// <param name="teacher">The weights' file of the teacher; null: the trial has none.</param>
    /// <param name="resident">Rows that lie on the device; null: batches are sent.</param>
    public Trainer(TrialSpec spec, Graph graph, ITrialData data, ITrialDevice? device = null, byte[]? teacher = null, ResidentSets? resident = null)
    {
        _device = device ?? TrialDevice.Processor;
        _teacher = spec.Teacher is { } taught && teacher is not null ? Teacher.Of(taught.Model, teacher, data.Bands, _device) : null;
        (_spec, _data, Graph) = (spec, data, graph);
        _batches = new StepBatches(data, _device, resident, spec.Train.BatchSize);
        State = ModelState.Initialize(graph, spec.Seed, _device.Device);
        Optimizer = Optimizer.Of(spec.Train, State.Parameters);
        Average = spec.Train.AverageDecay > 0 ? new WeightAverage(graph, State, spec.Train.AverageDecay) : null;
        _loss = new TrainingLoss(spec.Train, data.CountsOf(Split.Train), _device);
        _executor = new GraphExecutor(graph, State, ExecutionPlan.For(graph, _device.HasKernels && spec.Train.Precision == Precision.Float32));
        _masks = new StableMasks(spec.Seed, _device);
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
        foreach (StepBatch batch in _batches.Read(Split.Train, epoch - 1, cancellationToken))
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
        _batches.Dispose();
        _teacher?.Dispose();
        _loss.Dispose();
        Average?.Dispose();
        Optimizer.Dispose();
        State.Dispose();
    }

    private Tally Measure(Split split, int epoch, CancellationToken cancellationToken)
    {
        var tally = new Tally(_data.Classes.Count);
        using IDisposable off = torch.no_grad();
        foreach (StepBatch batch in _batches.Read(split, epoch - 1, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor logits = _executor.Forward(batch.Input(null), null);
            tally.Add(logits.cpu().Floats(), batch.Labels);
        }

        return tally;
    }

    private void Step(StepBatch batch, long step, int epoch, Tally tally)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        _masks.BeginStep(step);
        Mix? mix = _spec.Train.Mixup > 0 ? Mix.Draw(_spec.Seed, step, batch.Count, _spec.Train.Mixup) : null;
        Tensor input = batch.Input(mix);
        Tensor logits = Forward(input);
        Tensor loss = _loss.Of(logits, batch.Labels, mix, _teacher?.Answer(input));
        loss.backward();
        Tensor norm = Optimizer.GradientNorm();
        if (_spec.Train is { ClipValue: > 0 } or { ClipNorm: > 0 })
        {
            Optimizer.ClipGradients(_spec.Train.ClipValue, _spec.Train.ClipNorm);
        }

        Optimizer.LearningRate = _rate.At(step);
        Optimizer.Step(step);
        Average?.Take(step);

        // Last, because asking for a number waits until the device has done all that comes before it.
        float value = Check(loss.item<float>(), norm.item<double>(), step, epoch, tally);
        tally.Add(logits.cpu().Floats(), batch.Labels, value);
    }

    /// <summary>The logits in single precision, whatever precision they were computed in.</summary>
    private Tensor Forward(Tensor input)
    {
        if (_spec.Train.Precision == Precision.Float32)
        {
            return _executor.Forward(input, _masks);
        }

        using IDisposable autocast = _device.Autocast();
        return _executor.Forward(input, _masks).to(ScalarType.Float32);
    }

    /// <summary>The weights of a step that diverged are not used any more.</summary>
    private float Check(float loss, double norm, long step, int epoch, Tally tally)
    {
        if (!float.IsFinite(loss))
        {
            throw TrialFailures.Diverged($"The loss is {loss} in epoch {epoch}, step {step}", _rate.At(step), _spec.Train);
        }

        if (!double.IsFinite(norm))
        {
            throw TrialFailures.Diverged($"The gradients are not finite in epoch {epoch}, step {step}, with a loss of {loss:G4}", _rate.At(step), _spec.Train);
        }

        tally.AddGradientNorm(norm);
        return loss;
    }
}
