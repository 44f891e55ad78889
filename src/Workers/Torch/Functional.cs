using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_conv2d(
        TensorHandle x, TensorHandle weight, nint bias, ReadOnlySpan<long> strides, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, long groups, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_batch_norm(
        TensorHandle x, TensorHandle runningMean, TensorHandle runningVar, TensorHandle weight, TensorHandle bias, [MarshalAs(UnmanagedType.U1)] bool training, double momentum, double eps, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_linear(TensorHandle x, TensorHandle weight, nint bias, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_relu(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_silu(TensorHandle x, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_softmax(TensorHandle x, long dim, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_pad(TensorHandle x, ReadOnlySpan<long> pad, int count, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_layer_norm(
        TensorHandle x, ReadOnlySpan<long> shape, int rank, TensorHandle weight, TensorHandle bias, double eps, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_matmul(TensorHandle x, TensorHandle y, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_max_pool2d(TensorHandle x, ReadOnlySpan<long> kernel, ReadOnlySpan<long> strides, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_avg_pool2d(TensorHandle x, ReadOnlySpan<long> kernel, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_cross_entropy(TensorHandle x, TensorHandle target, nint weight, double labelSmoothing, out TensorHandle result);

    [LibraryImport(Library)]
    internal static partial nint pt_mse_loss(TensorHandle x, TensorHandle target, out TensorHandle result);
}

internal static partial class torch
{
    /// <summary>The matrix product over the last two axes; either may have one matrix for all of the other's.</summary>
    public static Tensor matmul(Tensor input, Tensor target) => Native.Result(Native.pt_matmul(input.Handle, target.Handle, out TensorHandle result), result);

    /// <summary>Neural network functions.</summary>
    internal static class nn
    {
        /// <summary>Operators without state.</summary>
        internal static class functional
        {
            /// <summary>Convolution of [N, C, H, W] by [M, C/groups, kH, kW].</summary>
            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1)
            {
                nint error = Native.pt_conv2d(
                    input.Handle, weight.Handle, Address(bias), strides ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1], groups, out TensorHandle result);
                GC.KeepAlive(bias);
                return Native.Result(error, result);
            }

            /// <summary>Batch normalisation of axis 1; in training it takes the batch's statistics and updates the running ones in place.</summary>
            public static Tensor batch_norm(
                Tensor input, Tensor running_mean, Tensor running_var, Tensor weight, Tensor bias, bool training = false, double momentum = 0.1, double eps = 1e-5) =>
                Native.Result(
                    Native.pt_batch_norm(
                        input.Handle, running_mean.Handle, running_var.Handle, weight.Handle, bias.Handle, training, momentum, eps, out TensorHandle result),
                    result);

            /// <summary>Normalisation over the last axes, whose sizes are named.</summary>
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor weight, Tensor bias, double eps = 1e-5) => Native.Result(
                Native.pt_layer_norm(input.Handle, normalized_shape, normalized_shape.Length, weight.Handle, bias.Handle, eps, out TensorHandle result), result);

            /// <summary>input · weightsᵀ + bias.</summary>
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null)
            {
                nint error = Native.pt_linear(input.Handle, weights.Handle, Address(bias), out TensorHandle result);
                GC.KeepAlive(bias);
                return Native.Result(error, result);
            }

            /// <summary>max(x, 0).</summary>
            public static Tensor relu(Tensor x) => Native.Result(Native.pt_relu(x.Handle, out TensorHandle result), result);

            /// <summary>x · sigmoid(x).</summary>
            public static Tensor silu(Tensor x) => Native.Result(Native.pt_silu(x.Handle, out TensorHandle result), result);

            /// <summary>Softmax along an axis.</summary>
            public static Tensor softmax(Tensor input, long dim) => Native.Result(Native.pt_softmax(input.Handle, dim, out TensorHandle result), result);

            /// <summary>Zeros around the last axes: before and after the last, before and after the one before it …</summary>
            public static Tensor pad(Tensor input, long[] pad) => Native.Result(Native.pt_pad(input.Handle, pad, pad.Length, out TensorHandle result), result);

            /// <summary>The greatest of each window of [N, C, H, W].</summary>
            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[] strides) =>
                Native.Result(Native.pt_max_pool2d(input.Handle, kernel_size, strides, out TensorHandle result), result);

            /// <summary>The mean of each window of [N, C, H, W]; the windows do not overlap.</summary>
            public static Tensor avg_pool2d(Tensor input, long[] kernel_size) =>
                Native.Result(Native.pt_avg_pool2d(input.Handle, kernel_size, out TensorHandle result), result);

            /// <summary>The mean cross-entropy of logits [N, classes] and class numbers [N], or distributions over the classes [N, classes].</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, double label_smoothing = 0)
            {
                nint error = Native.pt_cross_entropy(input.Handle, target.Handle, Address(weight), label_smoothing, out TensorHandle result);
                GC.KeepAlive(weight);
                return Native.Result(error, result);
            }

            /// <summary>The mean squared difference of two tensors of one shape.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target) =>
                Native.Result(Native.pt_mse_loss(input.Handle, target.Handle, out TensorHandle result), result);

            private static nint Address(Tensor? tensor) => tensor is null ? 0 : tensor.Handle.DangerousGetHandle();
        }
    }
}
