using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Torch;

public sealed class OptimizerTests
{
    [Theory]
    [InlineData("sgd")]
    [InlineData("sgd-plain")]
    [InlineData("sgd-norm", 0, 0.5)]
    [InlineData("sgd-value", 0.1)]
    [InlineData("adam")]
    [InlineData("adam-betas")]
    [InlineData("adam-w")]
    [InlineData("novo-grad")]
    public void An_optimiser_steps_as_in_python(string name, double clipValue = 0, double clipNorm = 0)
    {
        Dictionary<string, float[]> golden = GoldenFile.Read("optimizers.safetensors");
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor parameter = torch.tensor(GoldenFile.Uniform(1, "parameter", 12, 1), [3, 4]).requires_grad_();
        using Optimizer optimizer = Create(name, parameter);
        for (int step = 1; step <= 4; step++)
        {
            Tensor gradient = torch.tensor(GoldenFile.Uniform((ulong)step, "gradient", 12, 2), [3, 4]);
            parameter.mul(gradient).flatten().mean([0]).mul(12).backward();
            optimizer.ClipGradients(clipValue, clipNorm);
            optimizer.Step(step);
            GoldenFile.AssertClose($"step {step}", golden[$"{name}.{step}"], parameter.Floats(), 1e-6);
        }
    }

    private static Optimizer Create(string name, Tensor parameter) => name switch
    {
        "sgd" => new SGD([parameter], momentum: 0.9, weightDecay: 0.001) { LearningRate = 0.1 },
        "sgd-plain" => new SGD([parameter]) { LearningRate = 0.1 },
        "sgd-norm" or "sgd-value" => new SGD([parameter], momentum: 0.9) { LearningRate = 0.1 },
        "adam" => new Adam([parameter], new MomentSettings(WeightDecay: 0.001), decoupled: false) { LearningRate = 0.01 },
        "adam-betas" => new Adam([parameter], new MomentSettings(0.975, 0.932, 1e-4), decoupled: false) { LearningRate = 0.01 },
        "adam-w" => new Adam([parameter], new MomentSettings(WeightDecay: 0.1), decoupled: true) { LearningRate = 0.01 },
        _ => new NovoGrad([parameter], new(0.95, 0.5, 1e-8, 0.001)) { LearningRate = 0.05 },
    };
}
