using Pipeline.Models.Graph;
using Pipeline.Testing;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

/// <summary>
/// A step in bfloat16 against PyTorch's of the same model under its autocast. Where both run the same operators they round at the same places, and are held as
/// single precision is. Elsewhere each strays from single precision by its own roundings; as ours rounds at no more places than PyTorch's, the two lie at most
/// twice as far apart as PyTorch's lies from single precision: that is the bound for models whose generator writes cells and attention out in other products
/// (LSTM and GRU gate by gate, PLB), and for all of them with another libtorch or other instructions than the golden numbers were made with.
/// </summary>
public sealed class BFloat16Tests
{
    private const ulong Seed = 7;
    private const int Batch = 5;
    private const int Classes = 12;
    private const double Tolerance = 1e-4;

    /// <summary>Apart from single precision by chance a loss may be as good as not at all.</summary>
    private const double LeastLoss = 1e-3;

    private const double LeastNorm = 0.05;

    private static readonly string[] OtherProducts = ["edge-rnn", "gru", "plb", "tinyml-lstm"];

    /// <summary>Of equal values of a window the gradient goes to all or to the first; of attention's products it is rounded elsewhere.</summary>
    private static readonly string[] OtherGradients = ["bc-resnet-max-pool", "kwt-1-2-layers", "kwt-2-1-layer"];

    private static readonly Dictionary<string, float[]> Golden = GoldenFile.Read("bfloat16.safetensors");

    public static TheoryData<string> Models => [.. GoldenCase.Names];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_step_in_bfloat16_is_pytorchs_under_autocast(string model)
    {
        (float[] logits, float loss, float[] gradients, float norm) = Step(model, autocast: true);
        (float[] exactLogits, float exactLoss, float[] exactGradients, _) = Step(model, autocast: false);
        float[] expectedLogits = Golden[$"{model}.logits"], expectedGradients = Golden[$"{model}.gradients"][..^1];
        float expectedNorm = Golden[$"{model}.gradients"][^1], expectedLoss = Golden[$"{model}.loss"][0];
        bool same = IsSameMachine() && !OtherProducts.Any(m => model.StartsWith(m, StringComparison.Ordinal));
        bool sameGradients = same && !OtherGradients.Contains(model);
        Assert.NotEqual(exactLogits, logits);
        Near("logits", Distance(logits, expectedLogits), same ? Tolerance : 2 * Distance(exactLogits, expectedLogits));
        Near("loss", Math.Abs(loss - expectedLoss) / expectedLoss, same ? Tolerance : Math.Max(LeastLoss, 2 * Math.Abs(exactLoss - expectedLoss) / expectedLoss));
        double bound = sameGradients ? Tolerance : 2 * Distance(exactGradients, expectedGradients);
        Near("gradients", Distance(gradients, expectedGradients), bound);

        // Lengths are no further apart than the vectors; that the bound is of a sample alone, the least allows for.
        Near("norm", Math.Abs(norm - expectedNorm) / expectedNorm, sameGradients ? Tolerance : Math.Max(LeastNorm, bound));
    }

    /// <summary>Logits, loss, a sample of all gradients one after another, and the root of the sum of all their squares.</summary>
    private static (float[] Logits, float Loss, float[] Gradients, float Norm) Step(string model, bool autocast)
    {
        Graph graph = GoldenCase.GraphOf(model);
        (int bands, int frames) = (graph.InputShape[2], graph.InputShape[3]);
        torch.set_num_threads(1);
        using DisposeScope scope = torch.NewDisposeScope();
        using ModelState state = ModelState.Initialize(graph, Seed);
        GraphExecutor executor = new(graph, state, ExecutionPlan.Plain(graph));
        StableMasks masks = new(Seed, TrialDevice.Processor);
        masks.BeginStep(0);
        Tensor logits;
        using (autocast ? TrialDevice.Processor.Autocast() : null)
        {
            logits = executor.Forward(torch.tensor(GoldenFile.Uniform(Seed, "features", Batch * bands * frames, 3), [Batch, 1, bands, frames]), masks).to(ScalarType.Float32);
        }

        Tensor loss = functional.cross_entropy(logits, torch.tensor([.. Enumerable.Range(0, Batch).Select(static i => (long)(i * 5 % Classes))], [Batch]));
        loss.backward();
        HashSet<string> read = [.. graph.Nodes.SelectMany(static n => n.Inputs)];
        float[] gradients = [.. graph.Initializers.Where(i => !i.IsStatistic && read.Contains(i.Name)).OrderBy(static i => i.Name, StringComparer.Ordinal).SelectMany(i => state[i.Name].grad!.FloatValues())];
        float[] sample = GoldenFile.Sample(gradients);
        return (logits.FloatValues(), loss.item<float>(), sample[..^1], sample[^1]);
    }

    private static bool IsSameMachine()
    {
        string[] flags = File.ReadLines("/proc/cpuinfo").First(static line => line.StartsWith("flags", StringComparison.Ordinal)).Split(' ');
        return torch.__version__.StartsWith(string.Join('.', Golden["version"]) + ".", StringComparison.Ordinal)
            && Golden["instructions"].SequenceEqual(((string[])["avx2", "avx512f", "avx512_bf16", "amx_bf16"]).Select(name => flags.Contains(name) ? 1f : 0f));
    }

    /// <summary>The root of the squares' sum of the differences over that of the expected values.</summary>
    private static double Distance(float[] actual, float[] expected)
    {
        Assert.Equal(expected.Length, actual.Length);
        return Math.Sqrt(actual.Zip(expected).Sum(static p => Math.Pow(p.First - (double)p.Second, 2)) / expected.Sum(static v => (double)v * v));
    }

    private static void Near(string what, double found, double bound) => Assert.True(found <= bound, $"{what}: {found:E1} apart, at most {bound:E1} expected");
}
