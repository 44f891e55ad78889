using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_lstm(
        TensorHandle x,
        TensorHandle weight,
        TensorHandle recurrent,
        TensorHandle bias,
        [MarshalAs(UnmanagedType.U1)] bool lastOnly,
        out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_gru(
        TensorHandle x,
        TensorHandle weight,
        TensorHandle recurrent,
        TensorHandle bias,
        [MarshalAs(UnmanagedType.U1)] bool lastOnly,
        out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_rnn(TensorHandle x, TensorHandle weight, TensorHandle recurrent, TensorHandle bias, out TensorHandle result);
}

/// <summary>Recurrent layers as graphs have them.</summary>
internal static class Sequences
{
    /// <summary>Long short-term memory over [N, 1, T, K]; gates in the order input, output, forget, cell; one or two biases for each gate.</summary>
    /// <returns>Every hidden state, [N, 1, T, H], or the last one, [N, 1, 1, H].</returns>
    public static Tensor Lstm(Tensor x, Tensor weight, Tensor recurrent, Tensor bias, bool lastOnly) =>
        Native.Result(Native.pt_lstm(x.Handle, weight.Handle, recurrent.Handle, bias.Handle, lastOnly, out TensorHandle result), result);

    /// <summary>Gated recurrent unit over [N, 1, T, K]; gates in the order update, reset, hidden; two biases for each row.</summary>
    /// <returns>Every hidden state, [N, 1, T, H], or the last one, [N, 1, 1, H].</returns>
    public static Tensor Gru(Tensor x, Tensor weight, Tensor recurrent, Tensor bias, bool lastOnly) =>
        Native.Result(Native.pt_gru(x.Handle, weight.Handle, recurrent.Handle, bias.Handle, lastOnly, out TensorHandle result), result);

    /// <summary>The plain recurrent layer with tanh over [N, 1, T, K]; one or two biases for each unit.</summary>
    /// <returns>Every hidden state, [N, 1, T, H].</returns>
    public static Tensor Rnn(Tensor x, Tensor weight, Tensor recurrent, Tensor bias) =>
        Native.Result(Native.pt_rnn(x.Handle, weight.Handle, recurrent.Handle, bias.Handle, out TensorHandle result), result);
}
