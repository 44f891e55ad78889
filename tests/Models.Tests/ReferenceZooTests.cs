using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;

namespace Pipeline.Models.Tests;

/// <summary>Counts of the models that others published, as models.md 0, 7.4 and 8 have them.</summary>
public sealed class ReferenceZooTests
{
    [Theory]
    [InlineData("kaggle-simple-conv", 12, 604_300)]
    [InlineData("kaggle-simple-conv", 31, 1_285_279)]
    [InlineData("kaggle-bigger-conv", 12, 1_536_268)]
    [InlineData("kaggle-bigger-conv", 31, 2_898_207)]
    [InlineData("kaggle-deeper-conv", 12, 1_089_420)]
    [InlineData("kaggle-deeper-conv", 31, 1_176_991)]
    public void Kaggle_models_have_the_parameters_counted_from_their_code(string model, int classes, int parameters)
    {
        Graph.Graph graph = Build(model, 40, 98, ("classes", classes));
        Assert.Equal(parameters, graph.ParameterCount);
        Assert.Equal(0, graph.StatisticCount);
    }

    [Theory]
    [InlineData(12, 943_116)]
    [InlineData(31, 1_030_687)]
    public void The_deeper_kaggle_model_as_committed_counts_the_convolution_that_nothing_reads(int classes, int parameters)
    {
        Graph.Graph graph = Build("kaggle-deeper-conv", 40, 98, ("as", "committed"), ("classes", classes));
        Assert.Equal(parameters, graph.ParameterCount);
        Assert.Equal(parameters - 1_280, graph.Layers.Sum(l => l.Parameters));
    }

    [Theory]
    [InlineData("kaggle-simple-conv", 118.9)]
    [InlineData("kaggle-bigger-conv", 421)]
    public void Kaggle_models_have_the_published_multiplications(string model, double millions) =>
        Assert.Equal(millions, Build(model, 40, 98).Macs / 1e6, 0.5);

    [Theory]
    [InlineData("first.pool", "1x64x79x11")]
    [InlineData("second", "1x64x70x8")]
    [InlineData("flatten", "1x35840")]
    public void The_simple_kaggle_model_has_the_shapes_of_its_code(string layer, string shape) =>
        Assert.Equal(shape, Build("kaggle-simple-conv", 40, 98).Layers.Single(l => l.Name == layer).OutputShape);

    [Theory]
    [InlineData(8, 1, 65_168, 65_824)]
    [InlineData(8, 1.5, 144_264, 145_248)]
    [InlineData(14, 1, 135_856, 136_928)]
    [InlineData(14, 1.5, 303_000, 304_608)]
    public void Tc_resnet_has_the_published_size(int depth, double width, int learned, int withStatistics)
    {
        Graph.Graph graph = Build("tc-resnet", 40, 98, ("depth", depth), ("width", width));
        Assert.Equal(learned, graph.ParameterCount);
        Assert.Equal(withStatistics, graph.ParameterCount + graph.StatisticCount);
    }

    /// <summary>354K and 32K are published; the multiplications are each layer's weights times the frames it makes.</summary>
    [Theory]
    [InlineData("full", 30, 354_444, 46 * 128 * 256)]
    [InlineData("small", 40, 32_716, 46 * 40 * 16)]
    public void Svdf_has_the_published_size_and_ends_with_one_frame(string size, int bands, int parameters, long firstProjection)
    {
        Graph.Graph graph = Build("svdf", bands, 49, ("size", size));
        Assert.Equal(parameters, graph.ParameterCount);
        Assert.EndsWith("x1x1", graph.Layers.Single(l => l.Name == "layer5.time").OutputShape, StringComparison.Ordinal);
        Assert.Equal(firstProjection, graph.Layers.Single(l => l.Name == "layer0.projection").Macs);
    }

    /// <summary>Three gates of 20 + 400 weights and two biases, dense layers of 128 and 256.</summary>
    [Fact]
    public void Gru_has_the_parameters_and_multiplications_of_keras()
    {
        Graph.Graph graph = Build("gru", 20, 49);
        Assert.Equal([506_400, 51_328, 33_024, 3_084], graph.Layers.Where(l => l.Parameters > 0).Select(l => l.Parameters));
        Assert.Equal(593_836, graph.ParameterCount);
        Assert.Equal((49L * 3 * 400 * (20 + 400)) + (400 * 128) + (128 * 256) + (256 * 12), graph.Macs);
    }

    [Fact]
    public void Svdf_refuses_fewer_frames_than_it_remembers() =>
        Assert.Contains("at least 1 bands and 49 frames", Assert.Throws<BadInputException>(() => Build("svdf", 40, 48)).Message);

    /// <summary>The paper counts floating-point operations, two for each multiply-accumulate.</summary>
    [Theory]
    [InlineData(8, 1, 3.0)]
    [InlineData(8, 1.5, 6.6)]
    [InlineData(14, 1, 6.1)]
    [InlineData(14, 1.5, 13.4)]
    public void Tc_resnet_has_the_published_operations(int depth, double width, double millions) =>
        Assert.Equal(millions, 2 * Build("tc-resnet", 40, 98, ("depth", depth), ("width", width)).Macs / 1e6, 0.06);

    [Theory]
    [InlineData(1, 30, 77_214)]
    [InlineData(2, 30, 92_766)]
    [InlineData(1, 35, 77_859)]
    [InlineData(2, 35, 93_411)]
    [InlineData(1, 12, 74_892)]
    [InlineData(2, 12, 90_444)]
    public void Matchbox_net_has_the_published_size(int repeat, int classes, int parameters) =>
        Assert.Equal(parameters, Build("matchbox-net", 64, 128, ("repeat", repeat), ("classes", classes)).ParameterCount);

    /// <summary>The paper counts one multiplication for each element normalised besides.</summary>
    [Theory]
    [InlineData(3, 1, 9.3)]
    [InlineData(3, 2, 11.3)]
    [InlineData(6, 2, 17.1)]
    public void Matchbox_net_has_the_published_multiplications(int blocks, int repeat, double millions)
    {
        Graph.Graph graph = Build("matchbox-net", 64, 128, ("blocks", blocks), ("repeat", repeat), ("classes", 30));
        int normalised = graph.Nodes.Where(n => n.Operator is BatchNormalization).Sum(n => n.Shape.Elements);
        Assert.Equal(millions, (graph.Macs + normalised) / 1e6, 0.05);
    }

    [Theory]
    [InlineData(15, false, 237_882)]
    [InlineData(8, false, 110_307)]
    [InlineData(26, false, 438_357)]
    [InlineData(15, true, 42_648)]
    [InlineData(8, true, 19_905)]
    [InlineData(26, true, 78_387)]
    public void Res_has_the_published_size(int depth, bool narrow, int parameters) =>
        Assert.Equal(parameters, Build("res", 40, 101, ("depth", depth), ("narrow", narrow)).ParameterCount);

    /// <summary>Published to the thousand and to the hundred thousand.</summary>
    [Theory]
    [InlineData(1, 607_436, 607_000, 500)]
    [InlineData(2, 2_394_508, 2_400_000, 50_000)]
    public void Kwt_has_the_published_size(int size, int parameters, int published, int rounding)
    {
        Graph.Graph graph = Build("kwt", 40, 98, ("size", size));
        Assert.Equal(parameters, graph.ParameterCount);
        Assert.InRange(parameters, published - rounding, published + rounding);
    }

    [Theory]
    [InlineData("kaggle-simple-conv", 18, 98, "Expected at least 19 bands and 29 frames.")]
    [InlineData("kaggle-bigger-conv", 40, 28, "Expected at least 19 bands and 29 frames.")]
    [InlineData("kaggle-deeper-conv", 24, 98, "Expected at least 25 bands and 25 frames.")]
    public void Features_too_small_for_unpadded_kernels_are_refused(string model, int bands, int frames, string message) =>
        Assert.Contains(message, Assert.Throws<BadInputException>(() => Build(model, bands, frames)).Message);

    [Theory]
    [InlineData("kaggle-simple-conv", 19, 29)]
    [InlineData("kaggle-deeper-conv", 25, 25)]
    public void The_least_features_that_are_taken_fit(string model, int bands, int frames) =>
        Assert.Equal(12, Build(model, bands, frames).OutputShape[1]);

    [Fact]
    public void A_depth_that_is_not_one_of_the_published_is_refused()
    {
        var e = Assert.Throws<BadInputException>(() => Build("tc-resnet", 40, 98, ("depth", 10)));
        Assert.Contains("Expected one of 8, 14.", e.Message);
    }

    [Fact]
    public void A_number_where_a_switch_belongs_is_refused()
    {
        var e = Assert.Throws<BadInputException>(() => Build("res", 40, 101, ("narrow", 1)));
        Assert.Contains("Expected true or false.", e.Message);
    }

    private static Graph.Graph Build(string model, int bands, int frames, params (string Name, ParameterValue Value)[] parameters) =>
        ModelZoo.Build(model, parameters.ToDictionary(p => p.Name, p => p.Value), bands, frames);
}
