using Pipeline.Contracts;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Torch;

/// <summary>
/// A device of TorchSharp's. It has no streams for threads, so that trials take turns: who takes a device waits until the trial before has given its own back.
/// </summary>
internal sealed class TrialDevice : ITrialDevice
{
    private static readonly SemaphoreSlim Turn = new(1);

    private bool _holdsTurn;

    /// <summary>Takes the device when it is this trial's turn.</summary>
    /// <param name="device">The device.</param>
    public TrialDevice(torch.Device device)
        : this(device, takesTurn: true) => Turn.Wait();

    private TrialDevice(torch.Device device, bool takesTurn) => (Device, _holdsTurn) = (device, takesTurn);

    /// <summary>The processor: any number of threads use it, and it is never ended.</summary>
    public static TrialDevice Processor { get; } = new(torch.CPU, takesTurn: false);

    /// <inheritdoc/>
    public torch.Device Device { get; }

    /// <inheritdoc/>
    public bool HasKernels => false;

    /// <inheritdoc/>
    /// <exception cref="BadInputException">Always: TorchSharp has no autocast.</exception>
    public IDisposable Autocast() => throw new BadInputException(
        "train.precision is bf16, which needs autocast. This build computes with TorchSharp, which has none. Expected float32, or a build with our own binding (without -p:TensorLibrary).");

    /// <inheritdoc/>
    public Tensor Stage(ReadOnlySpan<long> sizes, ScalarType type) => torch.empty(sizes, type);

    /// <inheritdoc/>
    public Tensor Send(Tensor staged) => Device.type == DeviceType.CPU ? staged : staged.to(Device);

    /// <inheritdoc/>
    public Tensor Mask(ReadOnlySpan<long> sizes, double probability, ulong seed)
    {
        // The draws of the native kernel, number by number.
        StableRandom random = new(seed);
        float scale = (float)(1 / (1 - probability));
        Tensor mask = Stage(sizes, ScalarType.Float32);
        foreach (ref float element in mask.Floats())
        {
            element = random.NextDouble() < probability ? 0 : scale;
        }

        return Send(mask);
    }

    /// <summary>Nothing: everything is asked of the one stream that every thread has.</summary>
    public void Synchronize()
    {
    }

    /// <summary>Of the processor, as .NET counts it; of another device nobody says, so that no rows are kept there and batches are sent.</summary>
    public long FreeBytes() => Device.type == DeviceType.CPU ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_holdsTurn)
        {
            _holdsTurn = false;
            Turn.Release();
        }
    }
}
