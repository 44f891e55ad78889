using Pipeline.Models.Graph;
using Pipeline.Workers.Torch;
using static Pipeline.Workers.Torch.torch.nn;

namespace Pipeline.Workers.Training;

/// <summary>Runs a graph through libtorch, node by node.</summary>
internal sealed class GraphExecutor(Graph graph, ModelState state)
{
    private readonly IReadOnlyDictionary<string, int> _lastUses = graph.LastUses();

    /// <summary>The graph's output for a batch.</summary>
    /// <param name="input">[N, 1, bands, frames].</param>
    /// <param name="masks">When training, where dropout masks come from; normalisations then take the batch's statistics and update the running
    /// ones. Null for evaluation.</param>
    /// <returns>[N, classes].</returns>
    public Tensor Forward(Tensor input, IMaskSource? masks)
    {
        var values = new Dictionary<string, Tensor> { [graph.Input] = input };
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            Node node = graph.Nodes[i];
            Tensor output = Evaluate(node, values, masks);
            foreach (string value in graph.ValueInputs(node))
            {
                // What the backward pass needs of it, libtorch keeps.
                if (_lastUses[value] == i && values.Remove(value, out Tensor? ended) && !ReferenceEquals(ended, input) && !ReferenceEquals(ended, output))
                {
                    ended.Dispose();
                }
            }

            values.Add(node.Output, output);
        }

        return values[graph.Output];
    }

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
            Gemm => functional.linear(x, state[node.Inputs[1]], state[node.Inputs[2]]),
            _ => throw new NotSupportedException($"Node '{node.Name}': {node.Operator.Name} cannot be trained."),
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
            state[node.Inputs[1]],
            node.Inputs.Count > 2 ? state[node.Inputs[2]] : null,
            [conv.Strides.Height, conv.Strides.Width],
            [pads.Top, pads.Left],
            [conv.Dilations.Height, conv.Dilations.Width],
            conv.Group);
    }

    private Tensor Normalize(Node node, Tensor x, double momentum, double epsilon, bool training) =>
        functional.batch_norm(
            x, state[node.Inputs[3]], state[node.Inputs[4]], state[node.Inputs[1]], state[node.Inputs[2]], training, momentum, epsilon);

    private Tensor NormalizeSubBands(SubSpectralNorm norm, Node node, Tensor x, bool training)
    {
        long[] shape = x.shape;
        Tensor bands = x.view(shape[0], shape[1] * norm.Groups, shape[2] / norm.Groups, shape[3]);
        return Normalize(node, bands, norm.Momentum, norm.Epsilon, training).view(shape);
    }

    private static long[] MaskSizes(Dropout dropout, long[] shape) => dropout.Channelwise ? [shape[0], shape[1], 1, 1] : shape;
}
