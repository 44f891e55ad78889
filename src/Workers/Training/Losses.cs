namespace Pipeline.Workers.Training;

/// <summary>Losses that libtorch has no operator for.</summary>
internal static class Losses
{
    /// <summary>
    /// The margin loss of capsule networks (Sabour et al. 2017, equation 4): for each row the sum over classes of t·max(0, 0.9 − p)² + 0.5·(1 − t)·max(0, p − 0.1)².
    /// </summary>
    /// <param name="probabilities">p [N, classes].</param>
    /// <param name="target">t [N, classes], a distribution over the classes for each row.</param>
    /// <param name="weight">The weight of each row in the mean [N]; null: they count alike.</param>
    /// <returns>The mean over the rows.</returns>
    public static Tensor Margin(Tensor probabilities, Tensor target, Tensor? weight)
    {
        Tensor hit = target.mul(functional.relu(probabilities.mul(-1).add(0.9)).pow(2));
        Tensor miss = target.mul(-1).add(1).mul(0.5).mul(functional.relu(probabilities.add(-0.1)).pow(2));
        Tensor rows = hit.add(miss).sum(1);
        return weight is null ? rows.mean([0]) : rows.mul(weight).sum(dim: 0).div(weight.sum(dim: 0));
    }
}
