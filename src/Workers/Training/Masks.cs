using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>Draws dropout masks. Each trial has its own, which is what libtorch's one generator for a process cannot give.</summary>
internal interface IMaskSource
{
    /// <summary>A mask for the next dropout of the step: 0 with the probability, else 1 / (1 - probability).</summary>
    Tensor Next(ReadOnlySpan<long> sizes, double probability);
}

/// <summary>Masks that are a pure function of the trial's seed, the step and the place of the dropout in the model; nothing needs to be saved.</summary>
internal sealed class StableMasks(ulong seed, ITrialDevice device) : IMaskSource
{
    private long _step;
    private long _place;

    /// <summary>Begins a step.</summary>
    /// <param name="step">The step's number over the whole trial.</param>
    public void BeginStep(long step) => (_step, _place) = (step, 0);

    /// <inheritdoc/>
    public Tensor Next(ReadOnlySpan<long> sizes, double probability) => device.Mask(sizes, probability, StableRandom.Derive(seed, "dropout", _step, _place++));
}
