namespace TorchSharp;

/// <content>
/// The other overloads of what the training code calls, and the package's conversions: a call is compiled only if it means one member of the package, and
/// one of those that are put in.
/// </content>
public static partial class torch
{
    public sealed partial class Tensor
    {
        [Obsolete(Unused, error: true)]
        public Tensor add(Tensor target, Scalar alpha) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor add(Scalar scalar, Scalar alpha) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor pow(Tensor exponent) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor sub(Scalar target) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public void backward(IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor to(ScalarType type, torch.Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor to(Tensor other, bool non_blocking = false) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor elu(Scalar alpha, Scalar scale, Scalar input_scale) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor mean() => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor expand(long[] sizes, bool isImplicit = false) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor permute(IEnumerable<long> permutation) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor add_(Scalar scalar, Scalar alpha) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public Tensor amax(params long[] dims) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(int value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(long value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(float value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(double value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(bool value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(int[] value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(long[] value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(float[] value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(double[] value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(bool[] value) => throw new NotSupportedException(Unused);

        [Obsolete(Unused, error: true)]
        public static implicit operator Tensor(Scalar scalar) => throw new NotSupportedException(Unused);
    }

    [Obsolete(Unused, error: true)]
    public static Tensor empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor empty(int size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor empty(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor empty(int dim0, int dim1, int dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor empty(int dim0, int dim1, int dim2, int dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(bool scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<bool> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(bool[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(bool[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<bool> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<bool> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<bool> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<bool> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(bool[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(bool[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(bool[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(double scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(double real, double imaginary, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<double> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(double[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(double[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<double> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<double> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<double> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(double[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(double[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(double[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(Memory<double> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(float scalar, Device? device = null, bool requires_grad = false) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(float real, float imaginary, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<float> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(float[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<float> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<float> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<float> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<float> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(float[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(float[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(float[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(Memory<float> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(int scalar, Device? device = null, bool requires_grad = false) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<int> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(int[] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(int[] rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<int> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<int> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<int> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(int[] rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(int[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(int[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(int[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(Memory<int> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(long scalar, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<long> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(long[] dataArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<long> rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<long> rawArray, long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<long> rawArray, long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(IList<long> rawArray, long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(long[,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(long[,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(long[,,,] rawArray, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor tensor(Memory<long> rawArray, ReadOnlySpan<long> dimensions, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor zeros(int size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor zeros(int rows, int columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor zeros(int dim0, int dim1, int dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor zeros(int dim0, int dim1, int dim2, int dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) => throw new NotSupportedException(Unused);

    [Obsolete(Unused, error: true)]
    public static Tensor cat(Tensor[] tensors, long dim = 0) => throw new NotSupportedException(Unused);

    private const string Unused = "The tests' TorchSharp has no more than the name of this member: put it in where the training code is to call it.";

    public static partial class nn
    {
        public static partial class functional
        {
            [Obsolete(Unused, error: true)]
            public static Tensor avg_pool2d(Tensor input, long kernel_size, long? stride = null, long padding = 0, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) => throw new NotSupportedException(Unused);

            [Obsolete(Unused, error: true)]
            public static Tensor avg_pool2d(Tensor input, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, bool ceil_mode = false, bool count_include_pad = true, long? divisor_override = null) => throw new NotSupportedException(Unused);

            [Obsolete(Unused, error: true)]
            public static Tensor max_pool2d(Tensor input, long kernel_size, long? stride = null, long? padding = null, long? dilation = null, bool ceil_mode = false) => throw new NotSupportedException(Unused);

            [Obsolete(Unused, error: true)]
            public static Tensor max_pool2d(Tensor input, (long, long) kernel_size, (long, long)? stride = null, (long, long)? padding = null, (long, long)? dilation = null, bool ceil_mode = false) => throw new NotSupportedException(Unused);

            [Obsolete(Unused, error: true)]
            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => throw new NotSupportedException(Unused);

            [Obsolete(Unused, error: true)]
            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => throw new NotSupportedException(Unused);

            [Obsolete(Unused, error: true)]
            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => throw new NotSupportedException(Unused);
        }
    }
}
