using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <content>Attention and capsules.</content>
internal sealed partial class GraphExecutor
{
    private Tensor EvaluateAttention(Node node, Tensor x, Dictionary<string, Tensor> values) => node.Operator switch
    {
        MatMul => torch.matmul(x, values.GetValueOrDefault(node.Inputs[1]) ?? _state[node.Inputs[1]]),
        Scale => x.mul(_state[node.Inputs[1]]),
        Softmax softmax => functional.softmax(x, softmax.Axis),
        LayerNormalization norm => NormalizeRows(x, _state[node.Inputs[1]], _state[node.Inputs[2]], norm.Epsilon),
        LpNormalization => x.mul(SquaredLength(x).clamp_min(1e-12).rsqrt()),
        Squash => SquashRows(x),
        _ => EvaluateTransformer(node, x),
    };

    /// <summary>Under autocast in single precision too, as libtorch does it on CUDA and not on the processor.</summary>
    private static Tensor NormalizeRows(Tensor x, Tensor weight, Tensor bias, double epsilon) =>
        functional.layer_norm(x.to(weight.dtype), weight.shape, weight, bias, epsilon);

    /// <summary>A capsule's squashing along the last axis.</summary>
    private static Tensor SquashRows(Tensor x)
    {
        Tensor square = SquaredLength(x);
        Tensor inverse = square.add(1e-7).rsqrt();
        return x.mul(square.div(square.add(1)).mul(inverse));
    }

    private static Tensor SquaredLength(Tensor x) => x.mul(x).sum(-1, keepdim: true);
}
