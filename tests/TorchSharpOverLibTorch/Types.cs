using Own = Pipeline.Workers.Torch;

namespace TorchSharp;

public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
}

public enum PaddingModes
{
    Constant,
}

public sealed class Scalar
{
    private Scalar(double value) => Value = value;

    internal double Value { get; }

    public static implicit operator Scalar(double value) => new(value);

    public static implicit operator Scalar(float value) => new(value);

    public static implicit operator Scalar(int value) => new(value);

    public static implicit operator Scalar(long value) => new(value);

    public static implicit operator Scalar(bool value) => new(value ? 1 : 0);
}

public sealed class DisposeScope : IDisposable
{
    private readonly Own.DisposeScope _own = Own.torch.NewDisposeScope();

    internal DisposeScope()
    {
    }

    public void Dispose() => _own.Dispose();
}

public static partial class torch
{
    public enum ScalarType : sbyte
    {
        Int64 = 4,
        Float32 = 6,
        Float64 = 7,
        BFloat16 = 15,
    }

    public enum RoundingMode
    {
        None,
    }

    public sealed class Device
    {
        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        public DeviceType type { get; }

        public int index { get; }

        internal Own.torch.Device Own => new((Own.DeviceType)type, index);

        public override string ToString() => Own.ToString();
    }
}
