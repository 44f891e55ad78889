using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
using Pipeline.Models.Zoo;
using Pipeline.Storage.Blobs;

namespace Pipeline.Workers.Training;

/// <summary>What a model learns from another (Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015).</summary>
internal static class Distillation
{
    /// <summary>
    /// T² · KL(p ‖ q), the mean over the rows: p and q are the softmax of the teacher's and the model's logits over T. The square keeps the gradient's
    /// size whatever the temperature.
    /// </summary>
    /// <param name="logits">The model's [N, classes].</param>
    /// <param name="teacher">The teacher's [N, classes], which take no gradient.</param>
    /// <param name="temperature">T.</param>
    public static Tensor Loss(Tensor logits, Tensor teacher, double temperature)
    {
        float cooler = (float)(1 / temperature);
        Tensor soft = functional.softmax(teacher.mul(cooler), 1);

        // The cross-entropy is the divergence and the teacher's own entropy, which no weight changes.
        Tensor divergence = functional.cross_entropy(logits.mul(cooler), soft).add((float)-Entropy(soft));
        return divergence.mul((float)(temperature * temperature));
    }

    private static double Entropy(Tensor probabilities)
    {
        double sum = 0;
        foreach (float p in probabilities.FloatValues())
        {
            sum -= p > 0 ? p * Math.Log(p) : 0;
        }

        return sum / probabilities.shape[0];
    }
}

/// <summary>A trained model that a trial learns from. Belongs to one thread.</summary>
internal sealed class Teacher : IDisposable
{
    private readonly ModelState _state;
    private readonly GraphExecutor _executor;

    private Teacher(Graph graph, ModelState state, IReadOnlyList<ExecutionStep> plan) => (_state, _executor) = (state, new GraphExecutor(graph, state, plan));

    /// <summary>Builds a teacher of its weights' file.</summary>
    /// <param name="model">What it is.</param>
    /// <param name="weights">The file.</param>
    /// <param name="bands">Bands of the features.</param>
    /// <param name="device">Where it answers.</param>
    /// <exception cref="CorruptDataException">The weights are those of another model.</exception>
    public static Teacher Of(ModelDescription model, byte[] weights, int bands, ITrialDevice device)
    {
        Graph graph = ModelZoo.Build(model.Model, model.ModelParameters, bands, model.Frames);
        return new(
            graph,
            ModelState.Load(graph, Safetensors.Read(weights, model.WeightsBlob).Tensors, model.WeightsBlob, device.Device),
            ExecutionPlan.For(graph, device.HasKernels));
    }

    /// <summary>Reads the weights' file of a trial's teacher; null where it has none.</summary>
    /// <exception cref="CorruptDataException">It is gone or has other bytes.</exception>
    public static async Task<byte[]?> ReadAsync(TrialSpec spec, IBlobStore blobs, CancellationToken cancellationToken) =>
        spec.Teacher is { Model: { } model } ? await TrialBlobs.GetAsync(blobs, model.WeightsBlob, model.WeightsSha256, cancellationToken) : null;

    /// <summary>The logits of a batch, without dropout and with running statistics, as it answers when asked.</summary>
    public Tensor Answer(Tensor input)
    {
        using IDisposable off = torch.no_grad();
        return _executor.Forward(input, null);
    }

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();
}
