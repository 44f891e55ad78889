using Pipeline.Contracts;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

public sealed class TrainingLossTests
{
    private static readonly long[] Labels = [0, 3, 1, 1, 2, 3];
    private static readonly int[] Partner = [2, 0, 5, 1, 3, 4];
    private static readonly int[] Counts = [2, 4, 8, 2];

    public static TheoryData<string, TrainSpec> Recipes => new()
    {
        { "plain", new TrainSpec() },
        { "smooth", new TrainSpec { LabelSmoothing = 0.1 } },
        { "balanced", new TrainSpec { ClassWeights = ClassWeighting.Balanced } },
        { "mixed", new TrainSpec { Mixup = 1 } },
        { "mse", new TrainSpec { MseWeight = 0.5 } },
        { "margin", new TrainSpec { Loss = LossKind.Margin, MseWeight = 0.392, LabelSmoothing = 0.1 } },
        { "distilled", new TrainSpec { LabelSmoothing = 0.1, DistillWeight = 0.7, DistillTemperature = 4 } },
        { "distilled-alone", new TrainSpec { LabelSmoothing = 0.1, DistillWeight = 1, DistillTemperature = 0.5 } },
        { "margin-balanced", new TrainSpec { Loss = LossKind.Margin, ClassWeights = ClassWeighting.Balanced } },
    };

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Each_loss_and_its_gradient_are_pytorchs(string name, TrainSpec recipe)
    {
        Dictionary<string, float[]> golden = GoldenFile.Read("losses.safetensors");
        long before = Tensor.TotalCount;
        using (torch.NewDisposeScope())
        {
            using TrainingLoss loss = new(recipe, Counts, TrialDevice.Processor);
            Tensor logits = torch.tensor(GoldenFile.Uniform(1, "logits", 24, 3), [6, 4]).requires_grad_();
            Tensor? teacher = recipe.DistillWeight > 0 ? torch.tensor(GoldenFile.Uniform(2, "teacher", 24, 5), [6, 4]) : null;
            Tensor value = loss.Of(logits, Labels, recipe.Mixup > 0 ? new Mix(0.75f, Partner) : null, teacher);
            value.backward();
            GoldenFile.AssertClose("loss", golden[$"{name}.loss"], value.Floats(), 1e-5);
            GoldenFile.AssertClose("gradient", golden[$"{name}.gradient"], logits.grad!.Floats(), 1e-5);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_mix_is_drawn_by_seed_and_step_and_its_shares_have_the_moments_of_the_beta_distribution()
    {
        Assert.Equal(Mix.Draw(7, 3, 10, 0.4).Partner, Mix.Draw(7, 3, 10, 0.4).Partner);
        Assert.NotEqual(Mix.Draw(7, 3, 10, 0.4).Share, Mix.Draw(7, 4, 10, 0.4).Share);
        foreach (double alpha in (double[])[0.2, 1, 4])
        {
            double[] shares = [.. Enumerable.Range(0, 20_000).Select(i => (double)Mix.Draw(1, i, 1, alpha).Share)];
            double mean = shares.Average();
            Assert.Equal(0.5, mean, 0.01);
            Assert.Equal(1 / (4 * ((2 * alpha) + 1)), shares.Average(s => (s - mean) * (s - mean)), 0.005);
        }
    }

    [Fact]
    public void A_mix_adds_each_row_and_its_partner_in_their_shares()
    {
        float[] rows = [1, 10, 2, 20, 3, 30];
        new Mix(0.75f, [1, 2, 0]).Apply(rows, 2);
        Assert.Equal([1.25f, 12.5f, 2.25f, 22.5f, 2.5f, 25f], rows);
    }
}
