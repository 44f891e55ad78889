using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <summary>Runs a graph, step by step of its plan.</summary>
internal sealed partial class GraphExecutor
{
    private readonly Graph _graph;
    private readonly ModelState _state;
    private readonly IReadOnlyList<ExecutionStep> _steps;
    private readonly Dictionary<string, int> _lastUses = [];

    /// <summary>Takes a graph, its tensors and its plan: the processor's fastest where none is given.</summary>
    public GraphExecutor(Graph graph, ModelState state, IReadOnlyList<ExecutionStep>? plan = null)
    {
        (_graph, _state, _steps) = (graph, state, plan ?? ExecutionPlan.For(graph, TrialDevice.Processor.HasKernels));
        for (int i = 0; i < _steps.Count; i++)
        {
            foreach (string value in _steps[i].Inputs)
            {
                _lastUses[value] = i;
            }
        }
    }

    /// <summary>The graph's output for a batch.</summary>
    /// <param name="input">[N, 1, bands, frames].</param>
    /// <param name="masks">When training, where dropout masks come from; normalisations then take the batch's statistics and update the running
    /// ones. Null for evaluation.</param>
    /// <returns>[N, classes].</returns>
    public Tensor Forward(Tensor input, IMaskSource? masks)
    {
        var values = new Dictionary<string, Tensor> { [_graph.Input] = input };
        for (int i = 0; i < _steps.Count; i++)
        {
            Run(_steps[i], values, masks);
            foreach (string value in _steps[i].Inputs)
            {
                // What the backward pass needs of it, libtorch keeps.
                if (_lastUses[value] == i && values.Remove(value, out Tensor? ended) && !ReferenceEquals(ended, input) && !values.Values.Any(v => ReferenceEquals(v, ended)))
                {
                    ended.Dispose();
                }
            }
        }

        return values[_graph.Output];
    }

    private void Run(ExecutionStep step, Dictionary<string, Tensor> values, IMaskSource? masks)
    {
        Tensor x = values[step.Inputs[0]];
        switch (step)
        {
            case PlainStep plain:
                values.Add(step.Outputs[0], Evaluate(plain.Node, values, masks));
                break;
            default:
                RunFused(step, x, values, masks is not null);
                break;
        }
    }

    /// <summary>A step of several nodes, or of a kernel of our own; only plans for a library that has those hold any.</summary>
    partial void RunFused(ExecutionStep step, Tensor x, Dictionary<string, Tensor> values, bool training);

    private Tensor Evaluate(Node node, Dictionary<string, Tensor> values, IMaskSource? masks)
    {
        Tensor x = values[node.Inputs[0]];
        return node.Operator switch
        {
            Conv conv => Convolve(conv, node, x),
            BatchNormalization norm => Normalize(node, x, norm.Momentum, norm.Epsilon, masks is not null),
            SubSpectralNorm norm => NormalizeSubBands(norm, node, x, masks is not null),
            Relu => functional.relu(x),
            Silu => functional.silu(x),
            Add => x.add(values[node.Inputs[1]]),
            Dropout dropout => masks is null ? x : x.mul(masks.Next(MaskSizes(dropout, x.shape), dropout.Probability)),
            ReduceMeanHeight => x.mean([2], keepdim: true),
            GlobalAveragePool => x.mean([2, 3], keepdim: true),
            Flatten => x.flatten(1),
            TransposeHeightWidth => x.transpose(2, 3),
            Gemm => functional.linear(x, _state[node.Inputs[1]], _state[node.Inputs[2]]),
            _ => EvaluateSequence(node, x, values),
        };
    }

    private Tensor Convolve(Conv conv, Node node, Tensor x)
    {
        Pads pads = conv.Pads;
        if (!pads.IsSymmetric)
        {
            x = functional.pad(x, [pads.Left, pads.Right, pads.Top, pads.Bottom]);
            pads = default;
        }

        return functional.conv2d(
            x,
            _state[node.Inputs[1]],
            Bias(node),
            [conv.Strides.Height, conv.Strides.Width],
            [pads.Top, pads.Left],
            [conv.Dilations.Height, conv.Dilations.Width],
            conv.Group);
    }

    private Tensor Normalize(Node node, Tensor x, double momentum, double epsilon, bool training)
    {
        return functional.batch_norm(
            x, _state[node.Inputs[3]], _state[node.Inputs[4]], _state[node.Inputs[1]], _state[node.Inputs[2]], training, momentum, epsilon);
    }

    private Tensor NormalizeSubBands(SubSpectralNorm norm, Node node, Tensor x, bool training)
    {
        long[] shape = x.shape;
        Tensor bands = x.view(shape[0], shape[1] * norm.Groups, shape[2] / norm.Groups, shape[3]);
        return Normalize(node, bands, norm.Momentum, norm.Epsilon, training).view(shape);
    }

    private Tensor? Bias(Node conv) => conv.Inputs.Count > 2 ? _state[conv.Inputs[2]] : null;

    private static long[] MaskSizes(Dropout dropout, long[] shape) => dropout.Channelwise ? [shape[0], shape[1], 1, 1] : shape;
}
