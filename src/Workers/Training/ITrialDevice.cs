using System.Runtime.InteropServices;

namespace Pipeline.Workers.Training;

/// <summary>
/// What a trial needs of its device and TorchSharp lacks: a stream of its own, autocast, memory that is copied from while it computes, and masks drawn
/// from the trial's own seed. Belongs to the thread that made it; ended there.
/// </summary>
internal interface ITrialDevice : IDisposable
{
    /// <summary>Where the trial's tensors are.</summary>
    torch.Device Device { get; }

    /// <summary>Whether the steps of a <see cref="ExecutionPlan.Fused"/> plan can be run.</summary>
    bool HasKernels { get; }

    /// <summary>Until the result is disposed of, products and convolutions of this thread are computed in bfloat16.</summary>
    IDisposable Autocast();

    /// <summary>A tensor of unset elements to be filled on the machine and sent by <see cref="Send"/>.</summary>
    Tensor Stage(ReadOnlySpan<long> sizes, ScalarType type);

    /// <summary>A staged tensor where the trial computes: on the processor the same one.</summary>
    Tensor Send(Tensor staged);

    /// <summary>A dropout mask: 0 with the probability, else 1 / (1 - probability); equal seeds give equal masks on every device.</summary>
    Tensor Mask(ReadOnlySpan<long> sizes, double probability, ulong seed);

    /// <summary>Waits until what was asked for is done.</summary>
    void Synchronize();

    /// <summary>Bytes of the device's memory that nothing holds.</summary>
    long FreeBytes();
}

/// <summary>What is made of an <see cref="ITrialDevice"/>'s own calls.</summary>
internal static class TrialDevices
{
    /// <summary>A copy of floats where the trial computes, in a shape.</summary>
    public static Tensor Upload(this ITrialDevice device, ReadOnlySpan<float> values, ReadOnlySpan<long> sizes)
    {
        Tensor staged = device.Stage(sizes, ScalarType.Float32);
        values.CopyTo(staged.Floats());
        return device.Send(staged);
    }

    /// <summary>A copy of whole numbers where the trial computes, in a shape.</summary>
    public static Tensor Upload(this ITrialDevice device, ReadOnlySpan<long> values, ReadOnlySpan<long> sizes)
    {
        Tensor staged = device.Stage(sizes, ScalarType.Int64);
        values.CopyTo(MemoryMarshal.Cast<byte, long>(staged.bytes));
        return device.Send(staged);
    }
}
