using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;
using Pipeline.Workers.Torch;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

public sealed class GraphExecutorTests
{
    private const ulong Seed = 7;
    private const int Batch = 5;
    private const int Frames = 26;
    private const int Classes = 12;
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("bc-resnet")]
    [InlineData("ds-cnn")]
    public void Logits_loss_gradients_and_statistics_are_those_of_pytorch(string model)
    {
        Dictionary<string, float[]> golden = GoldenFile.Read($"{model}.safetensors");
        Graph graph = ModelZoo.Build(model, new Dictionary<string, ParameterValue>(), 40, Frames);
        torch.set_num_threads(1);
        using DisposeScope scope = torch.NewDisposeScope();
        using ModelState state = ModelState.Initialize(graph, Seed);
        var executor = new GraphExecutor(graph, state);
        Tensor features = torch.tensor(GoldenFile.Uniform(Seed, "features", Batch * 40 * Frames, 3), [Batch, 1, 40, Frames]);
        long[] labels = [.. Enumerable.Range(0, Batch).Select(i => (long)(i * 5 % Classes))];
        var masks = new StableMasks(Seed);
        masks.BeginStep(0);

        Tensor logits = executor.Forward(features, masks);
        Tensor loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels, [Batch]));
        loss.backward();

        GoldenFile.AssertClose("logits", golden["logits"], logits.Floats(), Tolerance);
        GoldenFile.AssertClose("loss", golden["loss"], loss.Floats(), Tolerance);
        foreach (Initializer initializer in graph.Initializers)
        {
            (string name, Tensor actual) = initializer.IsStatistic
                ? (initializer.Name, state[initializer.Name])
                : ($"grad.{initializer.Name}", state[initializer.Name].grad!);
            GoldenFile.AssertClose(name, golden[name], actual.Floats(), Tolerance);
        }

        using IDisposable off = torch.no_grad();
        GoldenFile.AssertClose("evaluated", golden["evaluated"], executor.Forward(features, null).Floats(), Tolerance);
    }
}
