using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>What a step minimises, by the recipe: cross-entropy or margin loss, of hard, smoothed or mixed targets, with classes weighted.</summary>
internal sealed class TrainingLoss : IDisposable
{
    private readonly TrainSpec _recipe;
    private readonly int _classes;
    private readonly float[]? _weights;
    private readonly Tensor? _weightTensor;
    private readonly ITrialDevice _device;

    /// <summary>Takes the recipe, the rows of the training split by class, and where logits are.</summary>
    public TrainingLoss(TrainSpec recipe, IReadOnlyList<int> counts, ITrialDevice device)
    {
        (_recipe, _classes, _device) = (recipe, counts.Count, device);
        _weights = recipe.ClassWeights == ClassWeighting.Balanced ? Balanced(counts) : null;
        _weightTensor = _weights is null ? null : device.Upload(_weights, [_classes]);
    }

    /// <summary>The loss of a batch.</summary>
    /// <param name="logits">[N, classes].</param>
    /// <param name="labels">The true classes [N].</param>
    /// <param name="mix">How the batch was mixed; null: it was not.</param>
    /// <param name="teacher">The teacher's logits of the same batch; null: there is none.</param>
    public Tensor Of(Tensor logits, ReadOnlySpan<long> labels, Mix? mix, Tensor? teacher = null)
    {
        if (teacher is null)
        {
            return OfLabels(logits, labels, mix);
        }

        float weight = (float)_recipe.DistillWeight;
        return Times(OfLabels(logits, labels, mix), 1 - weight).add(Times(Distillation.Loss(logits, teacher, _recipe.DistillTemperature), weight));
    }

    private static Tensor Times(Tensor loss, float factor) => loss.mul(factor);

    private Tensor OfLabels(Tensor logits, ReadOnlySpan<long> labels, Mix? mix)
    {
        if (mix is null && _recipe is { Loss: LossKind.CrossEntropy, MseWeight: 0 })
        {
            return functional.cross_entropy(logits, _device.Upload(labels, [labels.Length]), _weightTensor, label_smoothing: _recipe.LabelSmoothing);
        }

        float[] distribution = Targets(labels, mix);
        Tensor target = _device.Upload(distribution, [labels.Length, _classes]);
        if (_recipe is { Loss: LossKind.CrossEntropy, MseWeight: 0 })
        {
            return functional.cross_entropy(logits, target, _weightTensor);
        }

        Tensor probabilities = functional.softmax(logits, 1);
        Tensor loss = _recipe.Loss == LossKind.Margin
            ? Losses.Margin(probabilities, target, RowWeights(distribution))
            : functional.cross_entropy(logits, target, _weightTensor);
        return _recipe.MseWeight == 0 ? loss : loss.add(Times(functional.mse_loss(probabilities, target), (float)_recipe.MseWeight));
    }

    /// <inheritdoc/>
    public void Dispose() => _weightTensor?.Dispose();

    /// <summary>All clips over classes times the class' clips; a class without clips, which no target names, has 0.</summary>
    private static float[] Balanced(IReadOnlyList<int> counts)
    {
        double all = counts.Sum();
        return [.. counts.Select(c => c == 0 ? 0 : (float)(all / ((double)counts.Count * c)))];
    }

    /// <summary>One-hot targets, mixed, then smoothed.</summary>
    private float[] Targets(ReadOnlySpan<long> labels, Mix? mix)
    {
        float[] targets = new float[labels.Length * _classes];
        float keep = (float)(1 - _recipe.LabelSmoothing);
        Array.Fill(targets, (float)(_recipe.LabelSmoothing / _classes));
        for (int i = 0; i < labels.Length; i++)
        {
            float own = mix?.Share ?? 1;
            targets[(i * _classes) + (int)labels[i]] += keep * own;
            if (mix is not null)
            {
                targets[(i * _classes) + (int)labels[mix.Partner[i]]] += keep * (1 - own);
            }
        }

        return targets;
    }

    private Tensor? RowWeights(float[] targets)
    {
        if (_weights is null)
        {
            return null;
        }

        float[] rows = new float[targets.Length / _classes];
        for (int i = 0; i < targets.Length; i++)
        {
            rows[i / _classes] += targets[i] * _weights[i % _classes];
        }

        return _device.Upload(rows, [rows.Length]);
    }
}
