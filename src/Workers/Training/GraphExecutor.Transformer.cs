using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <content>What transformers have besides attention.</content>
internal sealed partial class GraphExecutor
{
    private Tensor EvaluateTransformer(Node node, Tensor x) => node.Operator switch
    {
        Gelu => x.gelu(),
        AddLearned => x.add(_state[node.Inputs[1]]),
        PrependRow => torch.cat([_state[node.Inputs[1]].expand(x.shape[0], x.shape[1], 1, x.shape[3]), x], 2),
        FirstRow => x.narrow(2, 0, 1),
        _ => throw new NotSupportedException($"Node '{node.Name}': {node.Operator.Name} cannot be trained."),
    };
}
