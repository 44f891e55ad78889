using Pipeline.Models.Graph;

namespace Pipeline.Workers.Training;

/// <content>Recurrent layers and what stands around them.</content>
internal sealed partial class GraphExecutor
{
    private Tensor EvaluateSequence(Node node, Tensor x, Dictionary<string, Tensor> values) => node.Operator switch
    {
        Truncate => x.trunc(),
        Lstm lstm => Sequences.Lstm(x, _state[node.Inputs[1]], _state[node.Inputs[2]], _state[node.Inputs[3]], lstm.LastOnly),
        Gru gru => Sequences.Gru(x, _state[node.Inputs[1]], _state[node.Inputs[2]], _state[node.Inputs[3]], gru.LastOnly),
        Rnn => Sequences.Rnn(x, _state[node.Inputs[1]], _state[node.Inputs[2]], _state[node.Inputs[3]]),
        _ => EvaluateShaping(node, x, values),
    };
}
