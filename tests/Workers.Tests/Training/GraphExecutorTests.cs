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
    [InlineData("bc-resnet", false, 1)]
    [InlineData("bc-resnet", true, 1)]
    [InlineData("bc-resnet", true, 2)]
    [InlineData("ds-cnn", false, 1)]
    [InlineData("ds-cnn", true, 1)]
    [InlineData("ds-cnn", true, 2)]
    [InlineData("tinyml-lstm", false, 1)]
    [InlineData("tinyml-lstm", true, 2)]
    [InlineData("edge-rnn", false, 1)]
    [InlineData("edge-rnn", true, 2)]
    [InlineData("edge-rnn-g", true, 2)]
    public void Logits_loss_gradients_and_statistics_are_those_of_pytorch(string model, bool fused, int threads)
    {
        Dictionary<string, float[]> golden = GoldenFile.Read($"{model}.safetensors");
        Graph graph = ModelZoo.Build(model, new Dictionary<string, ParameterValue>(), 40, Frames);
        torch.set_num_threads(threads);
        using DisposeScope scope = torch.NewDisposeScope();
        using ModelState state = ModelState.Initialize(graph, Seed);
        var executor = new GraphExecutor(graph, state, fused ? ExecutionPlan.Fused(graph) : ExecutionPlan.Plain(graph));
        Tensor features = torch.tensor(GoldenFile.Uniform(Seed, "features", Batch * 40 * Frames, 3), [Batch, 1, 40, Frames]);
        long[] labels = [.. Enumerable.Range(0, Batch).Select(i => (long)(i * 5 % Classes))];
        var masks = new StableMasks(Seed);
        masks.BeginStep(0);

        Tensor logits = executor.Forward(features, masks);
        Tensor loss = torch.nn.functional.cross_entropy(logits, torch.tensor(labels, [Batch]));
        loss.backward();

        GoldenFile.AssertClose("logits", golden["logits"], logits.Floats(), Tolerance);
        GoldenFile.AssertClose("loss", golden["loss"], loss.Floats(), Tolerance);

        // Some gradients are 0 but for rounding (a bias or a scale that a later normalisation takes away): they are held to the size of the others.
        double floor = 0.01 * golden.Where(g => g.Key.StartsWith("grad.", StringComparison.Ordinal)).Max(g => g.Value.Max(Math.Abs));
        foreach (Initializer initializer in graph.Initializers)
        {
            (string name, Tensor actual) = initializer.IsStatistic
                ? (initializer.Name, state[initializer.Name])
                : ($"grad.{initializer.Name}", state[initializer.Name].grad!);
            GoldenFile.AssertClose(name, golden[name], actual.Floats(), Tolerance, floor);
        }

        using IDisposable off = torch.no_grad();
        GoldenFile.AssertClose("evaluated", golden["evaluated"], executor.Forward(features, null).Floats(), Tolerance);
    }

    [Fact]
    public void Every_node_of_a_fused_plan_is_computed_once_and_after_its_inputs()
    {
        foreach (ModelInfo info in ModelZoo.Describe())
        {
            Graph graph = ModelZoo.Build(info.Name, new Dictionary<string, ParameterValue>(), 40, Frames);
            var known = new HashSet<string> { graph.Input };
            foreach (ExecutionStep step in ExecutionPlan.Fused(graph))
            {
                Assert.All(step.Inputs, i => Assert.Contains(i, known));
                Assert.All(step.Outputs, o => Assert.True(known.Add(o), o));
            }

            Assert.Contains(graph.Output, known);
        }
    }

    [Fact]
    public void Bc_resnet_is_fused_throughout()
    {
        Graph graph = ModelZoo.Build("bc-resnet", new Dictionary<string, ParameterValue>(), 40, Frames);
        Assert.Equal(
            ["Dropout", "Flatten", "GlobalAveragePool", "Silu"],
            ExecutionPlan.Fused(graph).OfType<PlainStep>().Select(s => s.Node.Operator.Name).Distinct().Order());
    }
}
