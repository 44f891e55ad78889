using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>The learning rate of each step: a linear rise, a hold, a fall (models.md 3.5, 4.5, 5.4, 7.5, 8). Pure.</summary>
internal sealed record LearningRate(TrainSpec Spec, int StepsPerEpoch)
{
    private double WarmupSteps => Spec.WarmupEpochs * StepsPerEpoch;

    private double FallBegins => (Spec.WarmupEpochs + Spec.HoldEpochs) * StepsPerEpoch;

    private double TotalSteps => (double)Spec.Epochs * StepsPerEpoch;

    /// <summary>The rate of a step, which counts from 1 over the whole trial.</summary>
    public double At(long step)
    {
        if (step < WarmupSteps)
        {
            return Spec.LearningRate * step / WarmupSteps;
        }

        return step <= FallBegins ? Spec.LearningRate : Spec.LearningRate * Share(step);
    }

    /// <summary>The share of the learning rate in the fall.</summary>
    private double Share(long step)
    {
        double done = Math.Min(1, (step - FallBegins) / Math.Max(1, TotalSteps - FallBegins));

        // A step decay changes between epochs: it is the same from an epoch's first step, number 1 and not 0, to its last.
        double epochs = (step - FallBegins) / StepsPerEpoch;
        double begun = (step - 1 - FallBegins) / StepsPerEpoch;
        return Spec.Decay switch
        {
            DecayKind.None => 1,
            DecayKind.Cosine => 0.5 * (1 + Math.Cos(Math.PI * done)),
            DecayKind.Step => Math.Pow(Spec.DecayFactor, Math.Floor(Math.Max(0, begun) / Spec.DecayEvery)),
            DecayKind.Exponential => Math.Pow(Spec.DecayFactor, epochs),
            DecayKind.Polynomial => Math.Pow(1 - done, Spec.DecayPower),
            _ => throw new InvalidOperationException($"No rule for the decay {Spec.Decay}."),
        };
    }
}
