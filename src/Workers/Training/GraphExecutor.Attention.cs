using Pipeline.Models.Graph;
using Pipeline.Workers.Torch;
using static Pipeline.Workers.Torch.torch.nn;

namespace Pipeline.Workers.Training;

/// <content>Attention and capsules.</content>
internal sealed partial class GraphExecutor
{
    private Tensor EvaluateAttention(Node node, Tensor x, Dictionary<string, Tensor> values) => node.Operator switch
    {
        MatMul => Attention.MatMul(x, values.GetValueOrDefault(node.Inputs[1]) ?? _state[node.Inputs[1]]),
        Scale => x.mul(_state[node.Inputs[1]]),
        Softmax softmax => functional.softmax(x, softmax.Axis),
        LayerNormalization norm => Attention.LayerNormalization(x, _state[node.Inputs[1]], _state[node.Inputs[2]], norm.Epsilon),
        LpNormalization => Attention.LpNormalization(x),
        Squash => Attention.Squash(x),
        _ => EvaluateTransformer(node, x),
    };
}
