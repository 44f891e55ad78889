using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>The learning rate of each step: a linear rise, then half a cosine to 0 (models.md 3.5). Pure.</summary>
internal sealed record LearningRate(TrainSpec Spec, int StepsPerEpoch)
{
    private double WarmupSteps => Spec.WarmupEpochs * StepsPerEpoch;

    private double TotalSteps => (double)Spec.Epochs * StepsPerEpoch;

    /// <summary>The rate of a step, which counts from 1 over the whole trial.</summary>
    public double At(long step)
    {
        if (step < WarmupSteps)
        {
            return Spec.LearningRate * step / WarmupSteps;
        }

        return Spec.Decay switch
        {
            DecayKind.None => Spec.LearningRate,
            DecayKind.Cosine => 0.5 * Spec.LearningRate * (1 + Math.Cos(Math.PI * Math.Min(1, (step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps)))),
            _ => throw new InvalidOperationException($"No rule for the decay {Spec.Decay}."),
        };
    }
}
