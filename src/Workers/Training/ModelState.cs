using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;

namespace Pipeline.Workers.Training;

/// <summary>The tensors of a graph's initialisers: what is learned, and the running statistics.</summary>
internal sealed class ModelState : IDisposable
{
    private readonly Graph _graph;
    private readonly Dictionary<string, Tensor> _tensors;

    private ModelState(Graph graph, torch.Device? device, Func<Initializer, float[]> values)
    {
        _graph = graph;
        _tensors = graph.Initializers.ToDictionary(i => i.Name, i =>
        {
            using Tensor here = torch.tensor(values(i), Sizes(i.Shape));
            return here.to(device ?? torch.CPU).requires_grad_(!i.IsStatistic);
        });
    }

    /// <summary>What the optimiser changes, in the graph's order: what is learned and has a gradient because a node reads it.</summary>
    public IEnumerable<Tensor> Parameters
    {
        get
        {
            var read = _graph.Nodes.SelectMany(n => n.Inputs).ToHashSet();
            return _graph.Initializers.Where(i => !i.IsStatistic && read.Contains(i.Name)).Select(i => _tensors[i.Name]);
        }
    }

    /// <summary>An initialiser's tensor.</summary>
    public Tensor this[string initializer] => _tensors[initializer];

    /// <summary>
    /// The values that the graph's rules give, drawn by the project's own random source: a pure function of the seed and each initialiser's name,
    /// whatever the version of libtorch.
    /// </summary>
    public static ModelState Initialize(Graph graph, ulong seed, torch.Device? device = null) => new(graph, device, i => InitialDraw.Of(i, seed));

    /// <summary>Values read from elsewhere.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="tensors">Among them, one for each initialiser, by name.</param>
    /// <param name="source">What to call them in errors.</param>
    /// <param name="device">Where they are to lie; null: with the processor.</param>
    /// <exception cref="CorruptDataException">One is missing or of another shape.</exception>
    public static ModelState Load(Graph graph, IReadOnlyList<NamedTensor> tensors, string source, torch.Device? device = null)
    {
        // All of them before the first tensor is made, so that none is left behind.
        var byName = tensors.ToDictionary(t => t.Name);
        Dictionary<string, float[]> values = graph.Initializers.ToDictionary(static i => i.Name, i => byName.TryGetValue(i.Name, out NamedTensor? found) && found.Shape.Equals(i.Shape)
            ? found.Values
            : throw new CorruptDataException(
                $"{source} holds {(found is null ? "no" : $"a {found.Shape}")} tensor '{i.Name}'. Expected one of {i.Shape}, as model '{graph.Name}' has it."));
        return new(graph, device, i => values[i.Name]);
    }

    /// <summary>A copy of the values, in the graph's order.</summary>
    public IReadOnlyList<NamedTensor> Save() =>
        [.. _graph.Initializers.Select(i => new NamedTensor(i.Name, i.Shape, _tensors[i.Name].FloatValues()))];

    /// <summary>Takes over saved values by name.</summary>
    public void CopyFrom(IReadOnlyList<NamedTensor> tensors)
    {
        foreach (NamedTensor tensor in tensors)
        {
            _tensors[tensor.Name].SetFloats(tensor.Values);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    internal static long[] Sizes(TensorShape shape) => Array.ConvertAll(shape.Sizes.ToArray(), s => (long)s);
}
