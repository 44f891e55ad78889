using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
using Pipeline.Models.Zoo;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Tests.Training;

public sealed class PredictorTests : IDisposable
{
    private readonly TemporaryBlobs _blobs = new();

    public void Dispose() => _blobs.Dispose();

    [Fact]
    public async Task A_clip_gets_the_probabilities_that_plain_operators_give_and_nothing_stays_alive()
    {
        long before = Tensor.TotalCount;
        ModelDescription description = await StoreAsync();
        AudioClip clip = Clip(14_000, 16_000);
        float[] probabilities;
        using (Predictor predictor = await Predictor.LoadAsync(description, _blobs.Store, default))
        {
            probabilities = predictor.Predict(clip, "a.wav");
            Assert.Equal(description.Classes, predictor.Classes);
        }

        Assert.Equal(before, Tensor.TotalCount);
        Assert.Equal(1, probabilities.Sum(), 1e-5);
        GoldenFile.AssertClose("probabilities", Reference(clip), probabilities, 1e-5);
    }

    [Theory]
    [InlineData(8_000, 8_000, "a.wav has 8000 samples a second. Expected 16000")]
    [InlineData(16_001, 16_000, "a.wav is 1.00 s long. Expected at most 1 s")]
    public async Task A_clip_of_another_rate_or_too_long_is_refused(int samples, int rate, string message)
    {
        using Predictor predictor = await Predictor.LoadAsync(await StoreAsync(), _blobs.Store, default);
        Assert.StartsWith(message, Assert.Throws<BadInputException>(() => predictor.Predict(Clip(samples, rate), "a.wav")).Message);
    }

    [Fact]
    public async Task Weights_that_were_changed_or_are_of_another_model_are_refused()
    {
        ModelDescription description = await StoreAsync();
        await Assert.ThrowsAsync<CorruptDataException>(
            () => Predictor.LoadAsync(description with { WeightsSha256 = ContentHash.OfText("other").Hex }, _blobs.Store, default));
        var wider = new SortedDictionary<string, ParameterValue>(description.ModelParameters) { ["tau"] = 2 };
        var e = await Assert.ThrowsAsync<CorruptDataException>(() => Predictor.LoadAsync(description with { ModelParameters = wider }, _blobs.Store, default));
        Assert.Contains("head.conv.weight", e.Message);
    }

    private static Graph Build() => ModelZoo.Build("bc-resnet", new Dictionary<string, ParameterValue> { ["classes"] = 3 }, 40, 101);

    private static AudioClip Clip(int samples, int rate)
    {
        StableRandom random = StableRandom.For(3, "clip");
        return new([.. Enumerable.Range(0, samples).Select(_ => (float)random.NextDouble(-0.5, 0.5))], rate);
    }

    private static float[] Reference(AudioClip clip)
    {
        var features = new float[40 * 101];
        FrontEnds.Get(FrontEnds.LogMel40Torchaudio).Compute(clip.FitTo(16_000), features);
        Graph graph = Build();
        using DisposeScope scope = torch.NewDisposeScope();
        using ModelState state = ModelState.Initialize(graph, 9);
        using IDisposable off = torch.no_grad();
        Tensor logits = new GraphExecutor(graph, state, ExecutionPlan.Plain(graph)).Forward(torch.tensor(features, [1, 1, 40, 101]), null);
        return functional.softmax(logits, 1).Floats().ToArray();
    }

    private async Task<ModelDescription> StoreAsync()
    {
        using ModelState state = ModelState.Initialize(Build(), 9);
        byte[] weights = Safetensors.Write(state.Save(), new Dictionary<string, string>());
        await _blobs.Store.PutAsync("weights", weights, default);
        return new ModelDescription
        {
            Model = "bc-resnet",
            ModelParameters = new() { ["classes"] = 3 },
            Classes = ["_silence_", "_unknown_", "yes"],
            FrontEnd = FrontEnds.LogMel40Torchaudio,
            Frames = 101,
            FeatureSet = new FeatureSetId("0123456789abcdef"),
            WeightsBlob = "weights",
            WeightsSha256 = ContentHash.Of(weights).Hex,
            Run = new RunId("run"),
            Metrics = [],
        };
    }
}
