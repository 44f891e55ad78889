using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;
using Pipeline.Testing;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

public sealed class GraphExecutorTests
{
    private const ulong Seed = 7;
    private const int Batch = 5;
    private const int Frames = 26;
    private const int Classes = 12;
    private const double Tolerance = 1e-4;

    /// <summary>Every golden model by the reference plan and, where there are kernels for it, on one thread and two, by the fused one.</summary>
    public static TheoryData<string, bool, int> Runs
    {
        get
        {
            var runs = new TheoryData<string, bool, int>();
            foreach (string name in GoldenCase.Names)
            {
                runs.Add(name, false, 1);
                if (TrialDevice.Processor.HasKernels)
                {
                    runs.Add(name, true, 1);
                    runs.Add(name, true, 2);
                }
            }

            return runs;
        }
    }

    public static TheoryData<string> Models => [.. GoldenCase.Names];

    [Theory]
    [MemberData(nameof(Runs))]
    public void Logits_loss_gradients_and_statistics_are_those_of_pytorch(string model, bool fused, int threads)
    {
        Dictionary<string, float[]> golden = GoldenFile.Read($"{model}.safetensors");
        Graph graph = GoldenCase.GraphOf(model);
        (int bands, int frames) = (graph.InputShape[2], graph.InputShape[3]);
        torch.set_num_threads(threads);
        using DisposeScope scope = torch.NewDisposeScope();
        using ModelState state = ModelState.Initialize(graph, Seed);
        var executor = new GraphExecutor(graph, state, fused ? ExecutionPlan.Fused(graph) : ExecutionPlan.Plain(graph));
        Tensor features = torch.tensor(GoldenFile.Uniform(Seed, "features", Batch * bands * frames, 3), [Batch, 1, bands, frames]);
        long[] labels = [.. Enumerable.Range(0, Batch).Select(i => (long)(i * 5 % Classes))];
        var masks = new StableMasks(Seed, TrialDevice.Processor);
        masks.BeginStep(0);

        Tensor logits = executor.Forward(features, masks);
        Tensor loss = functional.cross_entropy(logits, torch.tensor(labels, [Batch]));
        loss.backward();

        GoldenFile.AssertClose("logits", golden["logits"], logits.Floats(), Tolerance);
        GoldenFile.AssertClose("loss", golden["loss"], loss.Floats(), Tolerance);

        // Some gradients are 0 but for rounding (a bias or a scale that a later normalisation takes away): they are held to the size of the others.
        double floor = 0.01 * golden.Where(g => g.Key.StartsWith("grad.", StringComparison.Ordinal)).Max(g => g.Value.Max(Math.Abs));
        var read = graph.Nodes.SelectMany(n => n.Inputs).ToHashSet();
        foreach (Initializer initializer in graph.Initializers.Where(i => read.Contains(i.Name)))
        {
            (string name, Tensor actual) = initializer.IsStatistic
                ? (initializer.Name, state[initializer.Name])
                : ($"grad.{initializer.Name}", state[initializer.Name].grad!);
            GoldenFile.AssertClose(name, golden[name], actual.Floats(), Tolerance, floor);
        }

        using IDisposable off = torch.no_grad();
        GoldenFile.AssertClose("evaluated", golden["evaluated"], executor.Forward(features, null).Floats(), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_step_of_an_optimiser_lowers_the_loss(string model)
    {
        Graph graph = GoldenCase.GraphOf(model);
        (int bands, int frames) = (graph.InputShape[2], graph.InputShape[3]);
        using DisposeScope scope = torch.NewDisposeScope();
        using ModelState state = ModelState.Initialize(graph, Seed);
        using SGD optimizer = new(state.Parameters) { LearningRate = 1e-3 };
        var executor = new GraphExecutor(graph, state);
        Tensor features = torch.tensor(GoldenFile.Uniform(Seed, "features", Batch * bands * frames, 3), [Batch, 1, bands, frames]);
        Tensor labels = torch.tensor([.. Enumerable.Range(0, Batch).Select(i => (long)(i * 5 % Classes))], [Batch]);
        var masks = new StableMasks(Seed, TrialDevice.Processor);
        Tensor Loss()
        {
            masks.BeginStep(0);
            return functional.cross_entropy(executor.Forward(features, masks), labels);
        }

        Tensor before = Loss();
        before.backward();
        optimizer.Step(1);
        float after = Loss().Floats()[0];
        Assert.True(after < before.Floats()[0], $"{before.Floats()[0]} became {after}");
    }

    [Fact]
    public void Every_node_of_a_fused_plan_is_computed_once_and_after_its_inputs()
    {
        foreach (ModelInfo info in ModelZoo.Describe())
        {
            Graph graph = ModelZoo.Build(info.Name, new Dictionary<string, ParameterValue>(), 40, 49);
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
