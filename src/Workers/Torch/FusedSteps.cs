using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <content>The steps of a fused plan, by the kernels made for small models.</content>
internal sealed partial class GraphExecutor
{
    partial void RunFused(ExecutionStep step, Tensor x, Dictionary<string, Tensor> values, bool training)
    {
        switch (step)
        {
            case DepthwiseStep { Conv: var conv, Node: var node }:
                values.Add(step.Outputs[0], Kernels.DepthwiseConv(
                    x, _state[node.Inputs[1]], Bias(node), conv.Strides.Height, (conv.Pads.Top, conv.Pads.Left), (conv.Dilations.Height, conv.Dilations.Width)));
                break;
            case PointwiseStep { Node: var node }:
                values.Add(step.Outputs[0], Kernels.PointwiseConv(x, _state[node.Inputs[1]], Bias(node)));
                break;
            case LstmStep { Lstm: var lstm, Node: var node }:
                values.Add(step.Outputs[0], Kernels.Lstm(x, _state[node.Inputs[1]], _state[node.Inputs[2]], _state[node.Inputs[3]], lstm.LastOnly));
                break;
            case NormalizeStep norm:
                (Tensor value, Tensor? mean) = Kernels.Normalize(
                    x, Statistics(norm.Norm), norm.Groups, training, norm.Momentum, norm.Epsilon, norm.Relu is not null, norm.Mean is not null);
                values.Add(step.Outputs[0], value);
                if (mean is not null)
                {
                    values.Add(step.Outputs[1], mean);
                }

                break;
            case BroadcastStep broadcast:
                values.Add(step.Outputs[0], Kernels.BroadcastAddRelu(x, values[broadcast.Narrow], broadcast.Shortcut is null ? null : values[broadcast.Shortcut]));
                break;
            default:
                throw new NotSupportedException($"No way to run {step.GetType().Name}.");
        }
    }

    private NormStatistics Statistics(Node node) =>
        new(_state[node.Inputs[1]], _state[node.Inputs[2]], _state[node.Inputs[3]], _state[node.Inputs[4]]);
}
