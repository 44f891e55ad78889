using Pipeline.Models.Graph;

namespace Pipeline.Models.Reference;

/// <content>Recurrent layers and what stands around them.</content>
public sealed partial class FloatInterpreter
{
    private void RunSequence(Node node, TensorShape from, float[] x, float[] y)
    {
        switch (node.Operator)
        {
            case Truncate:
                Map(x, y, MathF.Truncate);
                break;
            case Lstm lstm:
                RecurrentArithmetic.Lstm(Recurrence(node, from), x, y, lstm.LastOnly);
                break;
            case Gru gru:
                RecurrentArithmetic.Gru(Recurrence(node, from), x, y, gru.LastOnly);
                break;
            case Rnn:
                RecurrentArithmetic.Rnn(Recurrence(node, from), x, y);
                break;
            default:
                RunShaping(node, from, x, y);
                break;
        }
    }

    private Recurrence Recurrence(Node node, TensorShape from) =>
        new(from[2], from[3], node.Shape[3], _weights[node.Inputs[1]], _weights[node.Inputs[2]], _weights[node.Inputs[3]]);
}
