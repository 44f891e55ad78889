using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Testing;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Torch;

public sealed class DeviceTests
{
    public static TheoryData<string> Models => [.. GoldenCase.Names];

    [Theory]
    [InlineData(0.1, 1UL)]
    [InlineData(0.5, ulong.MaxValue)]
    [InlineData(0.9, 0x9E3779B97F4A7C15UL)]
    public void A_mask_of_libtorchs_operators_is_that_of_the_processors_kernel_bit_for_bit(double probability, ulong seed)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TrialDevice plain = new(torch.CPU, kernels: false);
        Tensor kernel = TrialDevice.Processor.Mask([7, 131, 3], probability, seed);
        Assert.Equal([7, 131, 3], plain.Mask([7, 131, 3], probability, seed).shape);
        Assert.Equal(kernel.Floats().ToArray(), plain.Mask([7, 131, 3], probability, seed).Floats().ToArray());
        Assert.Equal(2, kernel.Floats().ToArray().Distinct().Count());
    }

    /// <summary>
    /// Eight bits of mantissa, whose roundings to either side leave a loss within 1 % (0.4 % at most is seen); BFloat16Tests holds the step against PyTorch's.
    /// Gradients of untrained, normalised networks on noise are magnified rounding for a part, so that all that is asked of them is the same side.
    /// </summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void A_step_in_bfloat16_is_near_that_in_single_precision_and_leaves_the_weights_in_it(string model)
    {
        Graph graph = GoldenCase.GraphOf(model);
        (float exact, float[] single) = Step(graph, autocast: false);
        (float rounded, float[] half) = Step(graph, autocast: true);
        Assert.NotEqual(single, half);
        Assert.Equal(exact, rounded, 0.01 * exact);
        double cosine = Dot(single, half) / Math.Sqrt(Dot(single, single) * Dot(half, half));
        Assert.True(cosine > 0.4, $"the gradients' directions differ: cosine {cosine:F3}");
    }

    [Theory]
    [InlineData("gpu", "resources.device is 'gpu'. Expected cpu, or cuda:N with N from 0.")]
    [InlineData("cuda", "Expected cpu, or cuda:N with N from 0.")]
    [InlineData("cuda:-1", "Expected cpu, or cuda:N with N from 0.")]
    [InlineData("cuda:63", "resources.device is 'cuda:63'. Found ")]
    public void A_device_that_is_not_there_is_refused_saying_what_is(string name, string message)
    {
        BadInputException refused = Assert.Throws<BadInputException>(() => Devices.Find(name, "resources.device"));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, refused.ExitCode);
    }

    [Fact]
    public void Without_CUDA_the_message_says_how_to_get_it()
    {
        TestTools.SkipIf(LibTorch.Describe().WithCuda ? "libtorch has CUDA here" : null);
        Assert.Contains("LIBTORCH", Assert.Throws<BadInputException>(() => Devices.Find("cuda:0", "--device")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CUDA error: an illegal memory access was encountered", typeof(DeviceFaultException))]
    [InlineData("CUDA error: device-side assert triggered", typeof(DeviceFaultException))]
    [InlineData("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", typeof(DeviceFaultException))]
    [InlineData("CUDA error: CUBLAS_STATUS_INTERNAL_ERROR when calling cublasCreate", typeof(DeviceFaultException))]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB", typeof(TorchMemoryException))]
    [InlineData("CUDA error: out of memory", typeof(TorchMemoryException))]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate", typeof(TorchMemoryException))]
    [InlineData("mat1 and mat2 shapes cannot be multiplied", typeof(TorchException))]
    public void Faults_of_a_device_are_told_from_lack_of_memory_and_from_calls_that_are_wrong(string message, Type kind) =>
        Assert.IsType(kind, TorchFaults.Of(new ExternalException(message)));

    private static (float Loss, float[] Gradients) Step(Graph graph, bool autocast)
    {
        torch.set_num_threads(1);
        using DisposeScope scope = torch.NewDisposeScope();
        using ModelState state = ModelState.Initialize(graph, 7);
        (int bands, int frames) = (graph.InputShape[2], graph.InputShape[3]);
        GraphExecutor executor = new(graph, state, ExecutionPlan.Plain(graph));
        Tensor features = torch.tensor(GoldenFile.Uniform(7, "features", 8 * bands * frames, 3), [8, 1, bands, frames]);
        StableMasks masks = new(7, TrialDevice.Processor);
        masks.BeginStep(1);
        Tensor logits;
        using (autocast ? TrialDevice.Processor.Autocast() : null)
        {
            logits = executor.Forward(features, masks).to(ScalarType.Float32);
        }

        long[] labels = [.. Enumerable.Range(0, 8).Select(static i => (long)(i % 12))];
        Tensor loss = functional.cross_entropy(logits, torch.tensor(labels, [8]));
        loss.backward();
        Assert.All(state.Parameters, p => Assert.Equal((ScalarType.Float32, ScalarType.Float32), (p.dtype, p.grad!.dtype)));
        return (loss.item<float>(), [.. state.Parameters.SelectMany(static p => p.grad!.FloatValues())]);
    }

    private static double Dot(float[] x, float[] y) => x.Zip(y).Sum(static p => (double)p.First * p.Second);
}
