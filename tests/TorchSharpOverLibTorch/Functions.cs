using own = Pipeline.Workers.Torch.torch;
using ownFunctional = Pipeline.Workers.Torch.torch.nn.functional;

namespace TorchSharp;

public static partial class torch
{
    public static string __version__ => own.__version__;

    public static Device CPU { get; } = new(DeviceType.CPU);

    public static void set_num_threads(int num) => own.set_num_threads(num);

    public static int get_num_threads() => own.get_num_threads();

    public static IDisposable no_grad() => own.no_grad();

    public static DisposeScope NewDisposeScope() => new();

    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => empty((ReadOnlySpan<long>)size, dtype, device, requires_grad, names);

    public static Tensor empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => Tensor.Of(own.empty(size, (Pipeline.Workers.Torch.ScalarType?)dtype, device?.Own), requires_grad || names is not null);

    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => zeros((ReadOnlySpan<long>)size, dtype, device, requires_grad, names);

    public static Tensor zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => Tensor.Of(own.zeros(size, (Pipeline.Workers.Torch.ScalarType?)dtype, device?.Own), requires_grad || names is not null);

    public static Tensor tensor(float[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => Tensor.Of(own.tensor(rawArray, dimensions), dtype is not null || device is not null || requires_grad || names is not null);

    public static Tensor tensor(long[] dataArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => Tensor.Of(own.tensor(dataArray, dimensions), dtype is not null || device is not null || requires_grad || names is not null);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Tensor.Of(own.cat([.. tensors.Select(static t => t.Own)], dim));

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray().ToList(), dim);

    public static Tensor matmul(Tensor input, Tensor target) => Tensor.Of(own.matmul(input.Own, target.Own));

    public static class cuda
    {
        public static bool is_available() => own.cuda.is_available();

        public static int device_count() => own.cuda.device_count();
    }

    public static partial class nn
    {
        public enum Reduction : long
        {
            Mean = 1,
        }

        public static partial class functional
        {
            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) => Tensor.Of(ownFunctional.conv2d(input.Own, weight.Own, bias?.Own, strides, padding, dilation, groups));

            public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-5) => Tensor.Of(ownFunctional.batch_norm(input.Own, running_mean!.Own, running_var!.Own, weight!.Own, bias!.Own, training, momentum, eps));

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5) => Tensor.Of(ownFunctional.layer_norm(input.Own, normalized_shape, weight!.Own, bias!.Own, eps));

            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Tensor.Of(ownFunctional.linear(input.Own, weights.Own, bias?.Own));

            public static Tensor relu(Tensor x, bool inplace = false) => Tensor.Of(ownFunctional.relu(x.Own), inplace);

            public static Tensor silu(Tensor x, bool inplace = false) => Tensor.Of(ownFunctional.silu(x.Own), inplace);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => Tensor.Of(ownFunctional.softmax(input.Own, dim), dtype is not null);

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => Tensor.Of(ownFunctional.pad(input.Own, pad), value != 0);

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor max_pool2d(Tensor input, long[] kernel_size, long[] strides = null, long[] padding = null, long[] dilation = null, bool ceil_mode = false) => Tensor.Of(ownFunctional.max_pool2d(input.Own, kernel_size, strides), padding is not null || dilation is not null || ceil_mode);

            public static Tensor avg_pool2d(Tensor input, long[] kernel_size, long[] stride = null, long[] padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) => Tensor.Of(ownFunctional.avg_pool2d(input.Own, kernel_size), stride is not null || padding is not null || ceil_mode || divisor_override is not null);

            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0.0) => Tensor.Of(ownFunctional.cross_entropy(input.Own, target.Own, weight?.Own, label_smoothing), ignore_index != -100);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => Tensor.Of(ownFunctional.mse_loss(input.Own, target.Own));
        }
    }
}
