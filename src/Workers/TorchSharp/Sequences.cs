namespace Pipeline.Workers.Torch;

/// <summary>Recurrent layers as graphs have them, time by time of TorchSharp's operators.</summary>
internal static class Sequences
{
    /// <summary>Long short-term memory over [N, 1, T, K]; gates in the order input, output, forget, cell; one or two biases for each gate.</summary>
    /// <returns>Every hidden state, [N, 1, T, H], or the last one, [N, 1, 1, H].</returns>
    public static Tensor Lstm(Tensor x, Tensor weight, Tensor recurrent, Tensor bias, bool lastOnly)
    {
        long units = recurrent.shape[1];
        Tensor cell = torch.zeros([x.shape[0], units], device: x.device);
        return States(x, weight, recurrent, bias, lastOnly, (input, recurrence, _) =>
        {
            Tensor gates = input.add(recurrence);
            Tensor Gate(int i) => gates.narrow(1, i * units, units);
            cell = cell.mul(Gate(2).sigmoid()).add(Gate(0).sigmoid().mul(Gate(3).tanh()));
            return Gate(1).sigmoid().mul(cell.tanh());
        });
    }

    /// <summary>Gated recurrent unit over [N, 1, T, K]; gates in the order update, reset, hidden; two biases for each row.</summary>
    /// <returns>Every hidden state, [N, 1, T, H], or the last one, [N, 1, 1, H].</returns>
    public static Tensor Gru(Tensor x, Tensor weight, Tensor recurrent, Tensor bias, bool lastOnly)
    {
        long units = recurrent.shape[1];
        return States(x, weight, recurrent, bias, lastOnly, (input, recurrence, hidden) =>
        {
            Tensor Gate(Tensor of, int i) => of.narrow(1, i * units, units);
            Tensor update = Gate(input, 0).add(Gate(recurrence, 0)).sigmoid();
            Tensor reset = Gate(input, 1).add(Gate(recurrence, 1)).sigmoid();
            Tensor next = Gate(input, 2).add(reset.mul(Gate(recurrence, 2))).tanh();
            return next.add(update.mul(hidden.sub(next)));
        });
    }

    /// <summary>The plain recurrent layer with tanh over [N, 1, T, K]; one or two biases for each unit.</summary>
    /// <returns>Every hidden state, [N, 1, T, H].</returns>
    public static Tensor Rnn(Tensor x, Tensor weight, Tensor recurrent, Tensor bias) =>
        States(x, weight, recurrent, bias, lastOnly: false, static (input, recurrence, _) => input.add(recurrence).tanh());

    /// <summary>The hidden states that begin with zeros; the next one is a function of the input's part, the recurrence's, both [N, rows], and the last one.</summary>
    private static Tensor States(
        Tensor x, Tensor weight, Tensor recurrent, Tensor bias, bool lastOnly, Func<Tensor, Tensor, Tensor, Tensor> next)
    {
        (long clips, long times, long rows, long units) = (x.shape[0], x.shape[2], weight.shape[0], recurrent.shape[1]);
        Tensor inputs = functional.linear(x.reshape(clips, times, x.shape[3]), weight, bias.narrow(0, 0, rows));
        Tensor? second = bias.NumberOfElements > rows ? bias.narrow(0, rows, rows) : null;
        Tensor hidden = torch.zeros([clips, units], device: x.device);
        List<Tensor> states = [];
        for (long time = 0; time < times; time++)
        {
            hidden = next(inputs.narrow(1, time, 1).reshape(clips, rows), functional.linear(hidden, recurrent, second), hidden);
            states.Add(hidden.reshape(clips, 1, 1, units));
        }

        return lastOnly ? states[^1] : torch.cat(states, 2);
    }
}
