using Own = Pipeline.Workers.Torch.Tensor;
using own = Pipeline.Workers.Torch.torch;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The package's changes in place are made here of the operator and a copy.</summary>
    public sealed partial class Tensor : IDisposable
    {
        private Tensor(Own own) => Own = own;

        internal Own Own { get; }

        public static long TotalCount => Own.TotalCount;

        public long[] shape => Own.shape;

        public ScalarType dtype => (ScalarType)Own.dtype;

        public Device device => new((DeviceType)Own.device.type, Own.device.index);

        public long NumberOfElements => Own.NumberOfElements;

        public Span<byte> bytes => Own.bytes;

        public Tensor? grad => Own.grad is { } gradient ? new(gradient) : null;

        public T item<T>() where T : unmanaged => Own.item<T>();

        public Tensor cpu() => new(Own.cpu());

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => Of(Own.to((Pipeline.Workers.Torch.ScalarType)type), copy || disposeAfter);

        public Tensor to(torch.Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => Of(Own.to(device.Own, non_blocking), copy || disposeAfter);

        public Tensor detach() => new(Own.detach());

        public Tensor contiguous() => new(Own.contiguous());

        public Tensor clone() => new(own.empty(shape, Own.dtype, Own.device).copy_(Own));

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Set(source.Own);

        public Tensor requires_grad_(bool requires_grad = true)
        {
            Own.requires_grad_(requires_grad);
            return this;
        }

        public void backward() => Own.backward();

        public Tensor MoveToOuterDisposeScope()
        {
            Own.MoveToOuterDisposeScope();
            return this;
        }

        public void Dispose() => Own.Dispose();

        public Tensor view(params long[] shape) => new(Own.view(shape));

        public Tensor reshape(params long[] shape) => new(Own.reshape(shape));

        public Tensor permute(params long[] permutation) => new(Own.permute(permutation));

        public Tensor expand(params long[] sizes) => new(Own.expand(sizes));

        public Tensor flip(params long[] dims) => new(Own.flip(dims));

        public Tensor transpose(long dim0, long dim1) => new(Own.transpose(dim0, dim1));

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => new(Own.flatten(start_dim, end_dim));

        public Tensor narrow(long dim, long start, long length) => new(Own.narrow(dim, start, length));

        public Tensor index_select(long dim, Tensor index) => new(Own.index_select(dim, index.Own));

        public Tensor gather(long dim, Tensor index) => new(Own.gather(dim, index.Own));

        public Tensor sum(ScalarType? type = null) => Of(Own.reshape(-1).sum(0), type is not null);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Of(Own.sum(dim, keepdim), type is not null);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Of(Own.mean(dimensions, keepdim), type is not null);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) => Of(Own.amax(dims, keepdim), @out is not null);

        public Tensor amax(ReadOnlySpan<long> dims, bool keepdim = false, Tensor? @out = null) => amax(dims.ToArray(), keepdim, @out);

        public Tensor sigmoid() => new(Own.sigmoid());

        public Tensor tanh() => new(Own.tanh());

        public Tensor elu(double alpha = 1) => Of(Own.elu(), alpha != 1);

        public Tensor gelu() => new(Own.gelu());

        public Tensor prelu(Tensor target) => new(Own.prelu(target.Own));

        public Tensor rsqrt() => new(Own.rsqrt());

        public Tensor sqrt() => new(Own.pow(0.5));

        public Tensor trunc() => new(Own.trunc());

        public Tensor add(Tensor target) => new(Own.add(target.Own));

        public Tensor add(Scalar scalar) => new(Own.add(scalar.Value));

        public Tensor sub(Tensor target) => new(Own.add(target.Own.mul(-1)));

        public Tensor mul(Tensor target) => new(Own.mul(target.Own));

        public Tensor mul(Scalar target) => new(Own.mul(target.Value));

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => new(Own.div(target.Own));

        public Tensor pow(Scalar exponent) => new(Own.pow(exponent.Value));

        public Tensor clamp_min(Scalar min) => new(Own.clamp_min(min.Value));

        public Tensor clamp_max(Scalar max) => new(Max(Own, max.Value));

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Set(Max(Own.clamp_min(min!.Value), max!.Value));

        public Tensor zero_() => Set(Own.mul(0));

        public Tensor add_(Tensor target) => Set(Own.add(target.Own));

        public Tensor add_(Tensor target, Scalar alpha) => Set(Own.add(target.Own.mul(alpha.Value)));

        public Tensor add_(Scalar scalar) => Set(Own.add(scalar.Value));

        public Tensor mul_(Tensor target) => Set(Own.mul(target.Own));

        public Tensor mul_(Scalar target) => Set(Own.mul(target.Value));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => Set(Own.div(own.tensor([(float)target.Value], [])));

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Set(Own.add(tensor1.Own.mul(tensor2.Own).mul(value.Value)));

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Set(Own.add(tensor1.Own.div(tensor2.Own).mul(value.Value)));

        /// <summary>A tensor of the binding's as the package has it.</summary>
        /// <param name="own">The tensor.</param>
        /// <param name="refused">Whether an argument has a value that is not stood in for.</param>
        internal static Tensor Of(Own own, bool refused = false) =>
            refused ? throw new NotSupportedException("An argument has a value that is not used anywhere in the training code.") : new(own);

        private static Own Max(Own x, double max) => x.mul(-1).clamp_min(-max).mul(-1);

        private Tensor Set(Own value)
        {
            Own.copy_(value);
            return this;
        }
    }
}
