using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Reference;

namespace Pipeline.Models.Quantization;

/// <summary>Post-training quantisation to int8: weights symmetric per output channel, activations asymmetric per tensor, biases int32 (edge.md 2.5).</summary>
public sealed class Quantizer
{
    private readonly Graph.Graph _graph;
    private readonly IReadOnlyDictionary<string, float[]> _weights;
    private readonly IReadOnlyDictionary<string, (double Scale, int ZeroPoint)> _affines;
    private readonly List<QuantizedTensor> _tensors = [];
    private readonly Dictionary<string, int> _index = [];

    private Quantizer(
        Graph.Graph graph, IReadOnlyDictionary<string, float[]> weights, IReadOnlyDictionary<string, (double Scale, int ZeroPoint)> affines) =>
        (_graph, _weights, _affines) = (graph, weights, affines);

    /// <summary>Quantises a trained graph. Equal arguments give equal graphs, on every machine.</summary>
    /// <param name="graph">The model.</param>
    /// <param name="weights">The values of its initialisers by name.</param>
    /// <param name="clips">Features [bands, frames] of clips like those that the model will hear; some hundreds suffice.</param>
    /// <param name="method">How the ranges of activations are chosen.</param>
    /// <exception cref="BadInputException">There are no clips, or the model has a layer that has no integer operator.</exception>
    public static QuantizedGraph Quantize(
        Graph.Graph graph, IReadOnlyDictionary<string, float[]> weights, IReadOnlyList<float[]> clips, Calibration method = Calibration.LeastSquares)
    {
        if (clips.Count == 0)
        {
            throw new BadInputException("Found no calibration clips. Expected at least one: the ranges of the activations come from them.");
        }

        (Graph.Graph folded, IReadOnlyDictionary<string, float[]> foldedWeights) = NormFolding.Fold(graph, weights);
        IReadOnlyList<FusedStep> steps = FusionPlan.Of(folded);
        string[] values = [folded.Input, .. steps.Where(s => !s.KeepsScale).Select(s => s.Last.Output)];
        IReadOnlyDictionary<string, (double Scale, int ZeroPoint)> affines = ActivationRanges.Measure(
            new FloatInterpreter(folded, foldedWeights), clips, values, method);
        return new Quantizer(folded, foldedWeights, affines).Build(steps);
    }

    private QuantizedGraph Build(IReadOnlyList<FusedStep> steps)
    {
        AddTensor(_graph.Input, _graph.InputShape, _affines[_graph.Input]);
        QuantizedOperator[] operators = [.. steps.Select(Convert)];
        return new QuantizedGraph(_graph.Name, [.. _tensors], [.. operators]);
    }

    private QuantizedOperator Convert(FusedStep step)
    {
        int input = _index[step.Inputs[0]];
        QuantizedTensor from = _tensors[input];
        int output = AddTensor(step.Last.Output, step.Last.Shape, step.KeepsScale ? (from.Scale, from.ZeroPoint) : _affines[step.Last.Output]);
        QuantizedTensor to = _tensors[output];
        string name = step.Last.Name;
        int min = step.Rectified ? to.ZeroPoint : -128;
        return step.Head.Operator switch
        {
            Conv or Gemm => ConvQuantizer.Quantize(step, _graph, _weights, (input, from), (output, to), min),
            Add => Sum(step, output, to, min),
            Relu => Table(name, input, output, static v => Math.Max(v, 0)),
            Silu => Table(name, input, output, static v => v / (1 + Math.Exp(-v))),
            MaxPool pool => new QuantizedMaxPool(name, input, output, pool.Kernel, pool.Strides),
            TransposeHeightWidth or Transpose => new QuantizedTranspose(name, input, output),
            _ => new QuantizedMean(name, input, output, FixedPointMultiplier.From(from.Scale * to.Height * to.Width / (from.Height * from.Width * to.Scale))),
        };
    }

    private int AddTensor(string name, TensorShape shape, (double Scale, int ZeroPoint) affine)
    {
        int height = shape.Rank == 4 ? shape[2] : 1;
        int width = shape.Rank == 4 ? shape[3] : 1;
        _tensors.Add(new QuantizedTensor(name, height, width, shape[1], affine.Scale, affine.ZeroPoint));
        return _index[name] = _tensors.Count - 1;
    }

    private QuantizedTable Table(string name, int input, int output, Func<double, double> function)
    {
        QuantizedTensor from = _tensors[input];
        QuantizedTensor to = _tensors[output];
        return new(name, input, output, [.. Enumerable.Range(-128, 256).Select(q =>
            (sbyte)Math.Clamp(Math.Round(function((q - from.ZeroPoint) * from.Scale) / to.Scale, MidpointRounding.AwayFromZero) + to.ZeroPoint, -128, 127))]);
    }

    private QuantizedAdd Sum(FusedStep step, int output, QuantizedTensor to, int min)
    {
        int[] inputs = [.. step.Inputs.Select(i => _index[i])];
        double[] ratios = [.. inputs.Select(i => _tensors[i].Scale / to.Scale)];

        // The greatest factor lies in [2^20, 2^21): three terms of at most 255 · 2^21 and the rounding constant of at most 2^29 stay below 2^31.
        int shift = 20 - Math.ILogB(ratios.Max());
        if (shift is < 1 or > 30)
        {
            throw new BadInputException(
                $"Layer '{step.Last.Name}' adds values whose ranges differ by a factor of {ratios.Max():G3} from the sum's. Expected 2^-10 to 2^19: train with normalisation before the sum.");
        }

        int[] factors = [.. ratios.Select(r => Math.Min((int)Math.Round(Math.ScaleB(r, shift), MidpointRounding.AwayFromZero), (1 << 21) - 1))];
        return new(step.Last.Name, [.. inputs], output, [.. factors], shift, min);
    }
}
