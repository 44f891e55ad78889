namespace Pipeline.Models.Graph;

/// <content>Shapes of recurrent layers and what stands around them.</content>
internal static partial class ShapeInference
{
    private static TensorShape InferSequence(string node, Operator op, IReadOnlyList<TensorShape> inputs)
    {
        TensorShape x = inputs[0];
        return op switch
        {
            Truncate => x,
            Lstm lstm => Recur(node, inputs, gates: 4, lstm.LastOnly),
            Gru gru => Recur(node, inputs, gates: 3, gru.LastOnly),
            Rnn => Recur(node, inputs, gates: 1, lastOnly: false),
            _ => InferShaping(node, op, inputs),
        };
    }

    private static TensorShape Recur(string node, IReadOnlyList<TensorShape> inputs, int gates, bool lastOnly)
    {
        TensorShape x = inputs[0];
        int units = inputs[2][1];
        Check(node, x.Rank == 4 && x[1] == 1, $"needs [batch, 1, steps, inputs] and was given {x}");
        Check(node, inputs[1].Equals(new TensorShape(gates * units, x[3])), $"weight {inputs[1]} does not fit input {x}");
        Check(node, inputs[2][0] == gates * units, $"recurrence {inputs[2]} is not of {gates * units} rows");
        Check(
            node,
            inputs[3].Rank == 1 && (inputs[3][0] == gates * units || inputs[3][0] == 2 * gates * units),
            $"bias {inputs[3]} is not of one or two for each of {gates * units} rows");
        return new TensorShape(x[0], 1, lastOnly ? 1 : x[2], units);
    }
}
