using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;

namespace Pipeline.Models.Tests;

public sealed class ZooTests
{
    [Theory]
    [InlineData(1, 12, 9_232, 2_416)]
    [InlineData(1.5, 12, 17_154, 3_624)]
    [InlineData(2, 12, 27_284, 4_832)]
    [InlineData(3, 12, 54_168, 7_248)]
    [InlineData(6, 12, 187_812, 14_496)]
    [InlineData(8, 12, 321_068, 19_328)]
    [InlineData(1, 35, 9_991, 2_416)]
    [InlineData(1.5, 35, 18_281, 3_624)]
    [InlineData(2, 35, 28_779, 4_832)]
    [InlineData(3, 35, 56_399, 7_248)]
    [InlineData(6, 35, 192_251, 14_496)]
    [InlineData(8, 35, 326_979, 19_328)]
    public void Bc_resnet_has_the_parameters_of_the_authors_code(double tau, int classes, int parameters, int statistics)
    {
        Graph.Graph graph = Build("bc-resnet", 40, 101, ("tau", tau), ("classes", classes));
        Assert.Equal(parameters, graph.ParameterCount);
        Assert.Equal(statistics, graph.StatisticCount);
    }

    [Theory]
    [InlineData(1, 2_482_156, 2_408_440, 3.1)]
    [InlineData(1.5, 4_607_994, 4_471_140, 5.5)]
    [InlineData(2, 7_323_672, 7_106_160, 8.5)]
    [InlineData(3, 14_524_548, 14_093_160, 16.2)]
    [InlineData(6, 50_283_336, 48_789_840, 53.1)]
    [InlineData(8, 85_919_328, 83_367_360, 89.1)]
    public void Bc_resnet_has_the_multiplications_of_the_paper(double tau, long at101, long at98, double publishedMillions)
    {
        Assert.Equal(at101, Build("bc-resnet", 40, 101, ("tau", tau)).Macs);
        long macs = Build("bc-resnet", 40, 98, ("tau", tau)).Macs;
        Assert.Equal(at98, macs);

        // The paper also counts normalisation, pooling and activations: 0.7167 million for each unit of tau.
        Assert.Equal(publishedMillions, (macs / 1e6) + (0.7167 * tau), 0.06);
    }

    /// <summary>Table 2 of the paper: 7.8k, and 9.1k at the width that makes up for it; 27.3k, 7.9k and 9.4k for the networks compared with.</summary>
    [Theory]
    [InlineData("no-ssn", 1, 7_760)]
    [InlineData("no-ssn", 1.125, 9_149)]
    [InlineData("no-auxiliary", 1, 9_232)]
    [InlineData("no-identity", 1, 9_232)]
    [InlineData("max-pool", 1, 9_232)]
    [InlineData("attention", 1, 9_232)]
    [InlineData("resnet-1d", 2, 27_300)]
    [InlineData("resnet-2d", 1, 7_944)]
    [InlineData("resnet-2d-ssn", 1, 9_416)]
    public void Variants_of_bc_resnet_have_the_parameters_of_the_paper(string variant, double tau, int parameters) =>
        Assert.Equal(parameters, Build("bc-resnet", 40, 101, ("variant", variant), ("tau", tau)).ParameterCount);

    [Theory]
    [InlineData("head.conv", 808_000)]
    [InlineData("stage0.0.expand", 258_560)]
    [InlineData("stage1.0.expand", 193_920)]
    [InlineData("stage2.0.expand", 193_920)]
    [InlineData("stage3.0.expand", 161_600)]
    [InlineData("tail.depthwise", 50_500)]
    [InlineData("tail.pointwise", 64_640)]
    public void Bc_resnet_1_has_the_multiplications_of_each_layer(string layer, long macs) =>
        Assert.Equal(macs, Build("bc-resnet", 40, 101).Layers.Single(l => l.Name == layer).Macs);

    [Theory]
    [InlineData("s", 22_604, 2_656_768)]
    [InlineData("m", 135_032, 9_816_384)]
    [InlineData("l", 410_700, 28_327_812)]
    public void Ds_cnn_has_the_published_size_and_multiplications(string size, int folded, long macs)
    {
        Graph.Graph graph = Build("ds-cnn", 10, 49, ("size", size));
        Assert.Equal(folded, graph.FoldedParameterCount);
        Assert.Equal(macs, graph.Macs);
    }

    [Fact]
    public void Ds_cnn_s_has_the_counts_of_mlperf_tiny()
    {
        Graph.Graph graph = Build("ds-cnn", 10, 49);
        Assert.Equal(23_756, graph.ParameterCount);
        Assert.Equal(24_908, graph.ParameterCount + graph.StatisticCount);
    }

    [Fact]
    public void Tinyml_lstm_has_the_parameters_and_multiplications_of_keras()
    {
        Graph.Graph graph = Build("tinyml-lstm", 13, 47, ("classes", 4));
        Assert.Equal(126_532, graph.ParameterCount);
        Assert.Equal(0, graph.StatisticCount);
        LayerCost[] layers = [.. graph.Layers.Where(l => l.Parameters > 0)];
        Assert.Equal([72_704, 49_408, 4_160, 260], layers.Select(l => l.Parameters));
        Assert.Equal([3_393_024, 2_310_144, 4_096, 256], layers.Select(l => l.Macs));
    }

    [Theory]
    [InlineData(181, 4, 831_456, 106_758_144, 21_300_480, 1_376)]
    [InlineData(32, 11, 833_871, 18_874_368, 3_786_752, 3_784)]
    public void Edge_rnn_has_the_parameters_and_multiplications_of_the_authors_code(
        int frames, int classes, int parameters, long convolutions, long rnn, long classifier)
    {
        Graph.Graph graph = Build("edge-rnn", 152, frames, ("classes", classes));
        Assert.Equal(parameters, graph.ParameterCount);
        Assert.Equal(convolutions, graph.Layers.Where(l => l.Operator == "Conv").Sum(l => l.Macs));
        Assert.Equal((237_360, rnn), graph.Layers.Where(l => l.Operator == "Rnn").Select(l => (l.Parameters, l.Macs)).Single());
        Assert.Equal(classifier, graph.Layers[^1].Macs);
        Assert.Equal(convolutions + rnn + classifier, graph.Macs);
        Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(
            (192 * (152 + (16 * i))) + 3_313,
            graph.Layers.Where(l => l.Name.StartsWith($"dense{i}.", StringComparison.Ordinal)).Sum(l => l.Parameters)));
    }

    [Fact]
    public void Edge_rnn_g_is_edge_rnn_as_its_authors_run_it_and_has_a_share_of_its_convolutions_with_groups()
    {
        Graph.Graph dense = Build("edge-rnn", 152, 32, ("classes", 11));
        Graph.Graph faithful = Build("edge-rnn-g", 152, 32, ("classes", 11), ("recipe", "faithful"));
        Graph.Graph clean = Build("edge-rnn-g", 152, 32, ("classes", 11));
        Assert.Equal(dense.Layers, faithful.Layers);
        Assert.Equal(Macs(dense, "conv1") / 4, Macs(clean, "conv1"));
        Assert.Equal(Macs(dense, "conv2") / 8, Macs(clean, "conv2"));

        static long Macs(Graph.Graph graph, string convolution) =>
            graph.Layers.Where(l => l.Name.EndsWith(convolution, StringComparison.Ordinal)).Sum(l => l.Macs);
    }

    [Fact]
    public void Edge_rnn_refuses_what_it_cannot_halve_or_group()
    {
        Assert.Contains("Expected at least 2 frames.", Assert.Throws<BadInputException>(() => Build("edge-rnn", 152, 1)).Message);
        Assert.Contains("bands in multiples of 4", Assert.Throws<BadInputException>(() => Build("edge-rnn-g", 39, 32)).Message);
    }

    [Theory]
    [InlineData("none", "both", 95_288, 94_322)]
    [InlineData("dwscnn", "both", 69_688, 68_722)]
    [InlineData("cbam", "both", 90_994, 90_030)]
    [InlineData("spatial", "both", 95_186, 94_222)]
    [InlineData("spatial-published", "both", 93_770, 93_194)]
    [InlineData("self-attention", "both", 95_160, 94_194)]
    [InlineData("routing", "both", 70_712, 69_746)]
    [InlineData("none", "backward", 93_872, 93_294)]
    [InlineData("none", "forward", 93_872, 93_294)]
    public void Plb_and_its_ablations_have_the_parameters_of_the_authors_code(string without, string direction, int total, int trainable)
    {
        foreach ((int classes, int more) in new[] { (7, 0), (8, 65), (4, -195) })
        {
            Graph.Graph graph = Build("plb", 39, 196, ("classes", classes), ("recipe", "faithful"), ("without", without), ("direction", direction));
            Assert.Equal(total + more, graph.ParameterCount + graph.StatisticCount);
            Assert.Equal(trainable + more, graph.ParameterCount);
            Assert.Equal(graph.ParameterCount, graph.Layers.Sum(l => l.Parameters));
        }
    }

    [Fact]
    public void Plb_has_the_multiplications_of_each_part()
    {
        Graph.Graph graph = Build("plb", 39, 196, ("classes", 7), ("recipe", "faithful"));
        var macs = graph.Layers.ToDictionary(l => l.Name, l => l.Macs);
        Assert.Equal(756L * 756 * 64, macs["self.scores"]);
        Assert.Equal(756L * 756 * 64, macs["self.attended"]);
        Assert.Equal(93L * 14 * 64 * 64 * 9, macs["merged.conv"]);
        Assert.Equal(756L * 64 * 384, macs["routing.votes"]);
        Assert.Equal(756L * 64 * 98, macs["tokens.gate.conv"]);
        Assert.Equal(194L * 37 * 64 * 9, macs["forward.conv"]);
        Assert.Equal(97L * 18 * 18 * 64, macs["cross.scores"]);
        Assert.Equal(42L * 3 * 64 * 384, macs["primary.pointwise"]);
    }

    [Theory]
    [InlineData(29, 196, "none", "both", "Expected at least 30 of each.")]
    [InlineData(39, 29, "none", "both", "Expected at least 30 of each.")]
    [InlineData(39, 196, "spatial-published", "forward", "Expected both or backward.")]
    public void Plb_refuses_what_it_cannot_be_built_for(int bands, int frames, string without, string direction, string message)
    {
        var e = Assert.Throws<BadInputException>(() => Build("plb", bands, frames, ("without", without), ("direction", direction)));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Activation_peaks_are_those_counted_by_hand()
    {
        Assert.Equal(16_000, Build("ds-cnn", 10, 49).PeakActivationBytes);
        Assert.Equal(32_320 + 16_160, Build("bc-resnet", 40, 101).PeakActivationBytes);
    }

    [Theory]
    [InlineData("bc-resnet", "tua", 1, "no parameter 'tua'. Did you mean 'tau'? Known: classes, dropout, tau, variant.")]
    [InlineData("bc-resnet", "tau", 0, "Parameter 'tau' of model 'bc-resnet' is '0'. Expected a number from 0.5 to 16.")]
    [InlineData("bc-resnet", "classes", 0, "Parameter 'classes' of model 'bc-resnet' is '0'. Expected a whole number from 2 to 10000.")]
    [InlineData("bc-resnet", "classes", 2.5, "Expected a whole number")]
    [InlineData("ds-cnn", "size", 3, "Parameter 'size' of model 'ds-cnn' is '3'. Expected one of s, m, l.")]
    [InlineData("bc-resnt", "tau", 1, "No model is named 'bc-resnt'. Did you mean 'bc-resnet'? Known: bc-resnet, ds-cnn, ")]
    [InlineData("alexnet", "tau", 1, "No model is named 'alexnet'. Known: bc-resnet, ds-cnn, ")]
    public void A_wrong_name_or_value_is_refused_saying_what_is_allowed(string model, string parameter, double value, string message)
    {
        var e = Assert.Throws<BadInputException>(() => Build(model, 40, 101, (parameter, value)));
        Assert.Contains(message, e.Message);
    }

    [Fact]
    public void Bc_resnet_refuses_features_of_other_than_40_bands() =>
        Assert.Contains("Expected 40", Assert.Throws<BadInputException>(() => Build("bc-resnet", 64, 101)).Message);

    [Fact]
    public void Every_model_described_is_built_with_its_defaults_and_its_nodes_are_in_order()
    {
        foreach (ModelInfo info in ModelZoo.Describe())
        {
            Graph.Graph graph = ModelZoo.Build(info.Name, info.Parameters.ToDictionary(p => p.Name, p => p.Default), 40, 101);
            var known = new HashSet<string>(graph.Initializers.Select(i => i.Name)) { graph.Input };
            foreach (Node node in graph.Nodes)
            {
                Assert.All(node.Inputs, i => Assert.Contains(i, known));
                Assert.True(known.Add(node.Output), $"{node.Output} is made twice");
            }

            Assert.Equal(new TensorShape(1, 12), graph.OutputShape);
            Assert.Equal(graph.ParameterCount, graph.Layers.Sum(l => l.Parameters));
        }
    }

    private static Graph.Graph Build(string model, int bands, int frames, params (string Name, ParameterValue Value)[] parameters) =>
        ModelZoo.Build(model, parameters.ToDictionary(p => p.Name, p => p.Value), bands, frames);
}
