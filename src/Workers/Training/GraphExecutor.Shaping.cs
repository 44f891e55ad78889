using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <content>Elementwise functions, and what changes shapes.</content>
internal sealed partial class GraphExecutor
{
    private Tensor EvaluateShaping(Node node, Tensor x, Dictionary<string, Tensor> values) => node.Operator switch
    {
        Sigmoid => x.sigmoid(),
        Tanh => x.tanh(),
        Elu => x.elu(),
        PRelu => x.prelu(_state[node.Inputs[1]]),
        Mul => x.mul(values[node.Inputs[1]]),
        Div => x.div(values[node.Inputs[1]]),
        Reshape r => x.reshape(x.shape[0], r.Channels, r.Height, r.Width),
        Transpose t => x.permute(0, t.Channels, t.Height, t.Width),
        Concat concat => torch.cat([.. node.Inputs.Select(i => values[i])], concat.Axis),
        MaxPool pool => functional.max_pool2d(x, [pool.Kernel.Height, pool.Kernel.Width], [pool.Strides.Height, pool.Strides.Width]),
        AveragePool pool => functional.avg_pool2d(x, [pool.Kernel.Height, pool.Kernel.Width]),
        Reverse reverse => x.flip(reverse.Axis),
        ReduceSum reduce => x.sum(reduce.Axis, keepdim: true),
        ReduceMean reduce => x.mean([reduce.Axis], keepdim: true),
        ReduceMax reduce => x.amax([reduce.Axis], keepdim: true),
        _ => EvaluateAttention(node, x, values),
    };
}
