namespace Pipeline.Models.Graph;

/// <summary>
/// Long short-term memory over the height, which is time (Hochreiter and Schmidhuber 1997, with forget gates and without peepholes). Inputs: X
/// [N, 1, T, K], W [4·H, K], R [4·H, H], and B [4·H], or [8·H] where input and recurrence have biases of their own. ONNX's LSTM with the batch
/// first: gates in the order input, output, forget, cell; sigmoid for gates, tanh for the cell; the state begins at 0.
/// </summary>
/// <param name="LastOnly">Whether only the last step's hidden state is made, [N, 1, 1, H], instead of every step's, [N, 1, T, H].</param>
public sealed record Lstm(bool LastOnly) : Operator;

/// <summary>
/// The plain recurrent layer over the height, which is time: h = tanh(W·x + R·h + b) (Elman 1990). Inputs: X [N, 1, T, K], W [H, K], R [H, H], and B
/// [H], or [2·H] where input and recurrence have biases of their own. Makes every step's h, [N, 1, T, H]. ONNX's RNN with the batch first.
/// </summary>
public sealed record Rnn : Operator;

/// <summary>
/// Gated recurrent unit over the height, which is time (Cho et al. 2014): h = z·h + (1 − z)·tanh(W·x + b + r·(R·h + c)). Inputs: X [N, 1, T, K],
/// W [3·H, K], R [3·H, H], and B [6·H], the biases b of the input and then c of the recurrence. ONNX's GRU with the batch first and
/// <c>linear_before_reset</c>: gates in the order update z, reset r, hidden; the state begins at 0.
/// </summary>
/// <param name="LastOnly">Whether only the last step's hidden state is made, [N, 1, 1, H], instead of every step's, [N, 1, T, H].</param>
public sealed record Gru(bool LastOnly) : Operator;

/// <summary>Each element's part before the point: what a conversion to whole numbers leaves. Passes no gradient on.</summary>
public sealed record Truncate : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}
