using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <summary>
/// The exponential moving average of what is learned (Polyak and Juditsky 1992), begun with the first values. Running statistics are those of the
/// weights themselves.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly double _decay;
    private readonly TensorList _averages;
    private readonly TensorList _weights;

    /// <summary>Begins with the weights as they are.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="state">Its weights.</param>
    /// <param name="decay">How long it remembers, 0 to 1.</param>
    public WeightAverage(Graph graph, ModelState state, double decay)
    {
        _decay = decay;
        Names = [.. graph.Initializers.Where(static i => !i.IsStatistic).Select(static i => i.Name)];
        Tensor[] weights = [.. state.Parameters];
        using (torch.NewDisposeScope())
        {
            Tensors = [.. weights.Select(static w => torch.zeros(w.shape, device: w.device).copy_(w.detach()).MoveToOuterDisposeScope())];
        }

        (_averages, _weights) = (new TensorList(Tensors), new TensorList(weights));
    }

    /// <summary>The averages in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<Tensor> Tensors { get; }

    /// <summary>What is averaged.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Takes the weights after a step in. The first steps remember less, so that the first values are soon forgotten.</summary>
    /// <param name="step">The step's number, from 1.</param>
    public void Take(long step) => _averages.Average(_weights, Math.Min(_decay, (1.0 + step) / (10 + step)));

    /// <summary>Puts the averages in the place of the weights, or the weights back.</summary>
    public void Exchange() => _averages.Exchange(_weights);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors)
        {
            tensor.Dispose();
        }
    }
}
