using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;

namespace Pipeline.Models.Tests;

/// <summary>Parameters as each model's source counts them, and the first values of those that come from Keras and TensorFlow.</summary>
public sealed class SourceCountTests
{
    [Theory]
    [InlineData("bc-resnet", 40, 101, 9_232, 9_232)]
    [InlineData("ds-cnn", 10, 49, 24_908, 23_756)]
    [InlineData("tc-resnet", 40, 98, 65_824, 65_168)]
    [InlineData("edge-rnn", 152, 32, 834_216, 834_216)]
    public void The_total_is_the_sources(string model, int bands, int frames, int total, int learned)
    {
        Graph.Graph graph = Build(model, bands, frames);
        Assert.Equal((total, learned), (ModelZoo.Find(model)!.Total(graph), graph.ParameterCount));
    }

    [Fact]
    public void The_total_of_plb_is_the_authors() => Assert.Equal(95_288, ModelZoo.Find("plb")!.Total(Build("plb", 39, 196, ("classes", 7), ("recipe", "faithful"))));

    [Theory]
    [InlineData("kaggle-simple-conv", 40, 98)]
    [InlineData("kaggle-deeper-conv", 40, 98)]
    [InlineData("kaggle-deeper-conv", 40, 98, "as", "committed")]
    [InlineData("tc-resnet", 40, 98)]
    [InlineData("plb", 39, 196)]
    [InlineData("tinyml-lstm", 13, 47)]
    [InlineData("kwt", 40, 98)]
    public void Weights_of_keras_and_tensorflow_models_begin_within_glorots_bound_and_their_biases_at_0(string model, int bands, int frames, string? key = null, string? value = null)
    {
        Graph.Graph graph = Build(model, bands, frames, key is null ? [] : [(key, value!)]);
        Initializer[] matrices = [.. graph.Initializers.Where(static i => i.Name.EndsWith(".weight", StringComparison.Ordinal) && i.Shape.Sizes.Length > 1)];
        Assert.NotEmpty(matrices);
        foreach (Initializer weight in matrices)
        {
            Assert.Equal(InitialValues.GlorotUniform, weight.Values);
            double bound = Math.Sqrt(6.0 / (weight.FanIn + weight.FanOut));
            float[] drawn = InitialDraw.Of(weight, 3);
            Assert.All(drawn, v => Assert.InRange(v, -bound, bound));
            Assert.True(drawn.Length < 1000 || drawn.Max() > 0.95 * bound, $"{weight.Name}: {drawn.Max()} of {bound}");
        }

        Assert.All(
            graph.Initializers.Where(static i => i.Name.EndsWith(".bias", StringComparison.Ordinal)),
            static i => Assert.True(i.Values is InitialValues.Zeros or InitialValues.OpenForgetGate, $"{i.Name}: {i.Values}"));
        if (model == "tinyml-lstm")
        {
            Assert.Equal(InitialValues.Orthogonal, graph.Initializer("lstm1.recurrent").Values);
            Assert.Equal(InitialValues.OpenForgetGate, graph.Initializer("lstm1.bias").Values);
        }
    }

    [Theory]
    [InlineData("clean", 1e-5f, 0.1f)]
    [InlineData("faithful", 1e-3f, 0.003f)]
    public void Tc_resnet_normalises_as_its_recipe_says(string recipe, float epsilon, float momentum) => Assert.All(
        Build("tc-resnet", 40, 98, ("recipe", recipe)).Nodes.Select(static n => n.Operator).OfType<BatchNormalization>(),
        n => Assert.Equal((epsilon, momentum), (n.Epsilon, n.Momentum)));

    private static Graph.Graph Build(string model, int bands, int frames, params (string Name, ParameterValue Value)[] parameters) =>
        ModelZoo.Build(model, parameters.ToDictionary(static p => p.Name, static p => p.Value), bands, frames);
}
