using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
using Pipeline.Workers.Torch;

namespace Pipeline.Workers.Training;

/// <summary>The tensors of a graph's initialisers: what is learned, and the running statistics.</summary>
internal sealed class ModelState : IDisposable
{
    private readonly Graph _graph;
    private readonly Dictionary<string, Tensor> _tensors;

    private ModelState(Graph graph, Func<Initializer, float[]> values)
    {
        _graph = graph;
        _tensors = graph.Initializers.ToDictionary(
            i => i.Name,
            i => torch.tensor(values(i), Sizes(i.Shape)).requires_grad_(!i.IsStatistic));
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
    public static ModelState Initialize(Graph graph, ulong seed) => new(graph, i => InitialDraw.Of(i, seed));

    /// <summary>Values read from elsewhere.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="tensors">Among them, one for each initialiser, by name.</param>
    /// <param name="source">What to call them in errors.</param>
    /// <exception cref="CorruptDataException">One is missing or of another shape.</exception>
    public static ModelState Load(Graph graph, IReadOnlyList<NamedTensor> tensors, string source)
    {
        var byName = tensors.ToDictionary(t => t.Name);
        return new(graph, i => byName.TryGetValue(i.Name, out NamedTensor? found) && found.Shape.Equals(i.Shape)
            ? found.Values
            : throw new CorruptDataException(
                $"{source} holds {(found is null ? "no" : $"a {found.Shape}")} tensor '{i.Name}'. Expected one of {i.Shape}, as model '{graph.Name}' has it."));
    }

    /// <summary>A copy of the values, in the graph's order.</summary>
    public IReadOnlyList<NamedTensor> Save() =>
        [.. _graph.Initializers.Select(i => new NamedTensor(i.Name, i.Shape, _tensors[i.Name].Floats().ToArray()))];

    /// <summary>Takes over saved values by name.</summary>
    public void CopyFrom(IReadOnlyList<NamedTensor> tensors)
    {
        foreach (NamedTensor tensor in tensors)
        {
            tensor.Values.CopyTo(_tensors[tensor.Name].Floats());
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
