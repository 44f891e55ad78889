using Pipeline.Models.Graph;
using Pipeline.Workers.Torch;

namespace Pipeline.Workers.Training;

/// <content>What transformers have besides attention.</content>
internal sealed partial class GraphExecutor
{
    private Tensor EvaluateTransformer(Node node, Tensor x) => node.Operator switch
    {
        Gelu => Transformers.Gelu(x),
        AddLearned => x.add(_state[node.Inputs[1]]),
        PrependRow => Transformers.PrependRow(x, _state[node.Inputs[1]]),
        FirstRow => Transformers.FirstRow(x),
        _ => throw new NotSupportedException($"Node '{node.Name}': {node.Operator.Name} cannot be trained."),
    };
}
