using Pipeline.Models.Graph;
using Pipeline.Workers.Torch;

namespace Pipeline.Workers.Training;

/// <content>Elementwise functions, and what changes shapes.</content>
internal sealed partial class GraphExecutor
{
    private Tensor EvaluateShaping(Node node, Tensor x, Dictionary<string, Tensor> values) => node.Operator switch
    {
        Sigmoid => Shaping.Sigmoid(x),
        Tanh => Shaping.Tanh(x),
        Elu => Shaping.Elu(x),
        PRelu => Shaping.PRelu(x, _state[node.Inputs[1]]),
        Mul => x.mul(values[node.Inputs[1]]),
        Div => Shaping.Div(x, values[node.Inputs[1]]),
        Reshape r => Shaping.Reshape(x, [x.shape[0], r.Channels, r.Height, r.Width]),
        Transpose t => Shaping.Permute(x, [0, t.Channels, t.Height, t.Width]),
        Concat concat => Shaping.Concat([.. node.Inputs.Select(i => values[i])], concat.Axis),
        MaxPool pool => Shaping.MaxPool(x, [pool.Kernel.Height, pool.Kernel.Width], [pool.Strides.Height, pool.Strides.Width]),
        AveragePool pool => Shaping.AveragePool(x, [pool.Kernel.Height, pool.Kernel.Width]),
        Reverse reverse => Shaping.Flip(x, reverse.Axis),
        ReduceSum reduce => Shaping.Sum(x, reduce.Axis),
        ReduceMean reduce => x.mean([reduce.Axis], keepdim: true),
        ReduceMax reduce => Shaping.Max(x, reduce.Axis),
        _ => EvaluateAttention(node, x, values),
    };
}
