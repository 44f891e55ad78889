using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;

namespace Pipeline.Models.Tests;

/// <summary>Multiplications and memory that papers print, as sums over our graphs; what a paper counts besides or leaves out is said where it matters.</summary>
public sealed class PublishedMacsTests
{
    /// <summary>
    /// Tang and Lin count each 3 × 3 convolution as if it were unpadded: two rows and two columns less than it has. Pooling and normalisations, which
    /// they count besides, make up the rest.
    /// </summary>
    [Theory]
    [InlineData(8, 30)]
    [InlineData(15, 894)]
    [InlineData(26, 380)]
    public void Res_has_the_published_multiplications(int depth, double millions)
    {
        Graph.Graph graph = Build("res", 40, 101, ("depth", depth));
        double counted = graph.Nodes.Where(n => n.Operator is Conv).Sum(n => Unpadded(graph, n));
        Assert.InRange(counted / 1e6, millions - 1.2, millions);
    }

    /// <summary>Berg et al. print none: 98 patches, and in each layer four projections, two products of 99 × 99 and two dense layers of four times the width.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Kwt_has_the_multiplications_counted_by_hand(int size)
    {
        long width = 64 * size;
        long layer = (99 * ((4 * width * width) + (2 * 4 * width * width))) + (2 * 99 * 99 * width);
        Assert.Equal((98 * 40 * width) + (12 * layer) + (width * 12), Build("kwt", 40, 98, ("size", size)).Macs);
    }

    /// <summary>5.5 million parameters are published.</summary>
    [Fact]
    public void Kwt_3_has_the_published_size() => Assert.Equal(5.5, Build("kwt", 40, 98, ("size", 3)).ParameterCount / 1e6, 0.15);

    /// <summary>Int8 weights and the largest input and output of a layer together: Zhang et al.'s 38.6, 189.2 and 497.6 kB.</summary>
    [Theory]
    [InlineData("s", 38_604)]
    [InlineData("m", 189_212)]
    [InlineData("l", 497_640)]
    public void Ds_cnn_has_the_published_memory(string size, int bytes)
    {
        Graph.Graph graph = Build("ds-cnn", 10, 49, ("size", size));
        Assert.Equal(bytes, graph.FoldedParameterCount + graph.PeakActivationBytes);
    }

    [Fact]
    public void Tinyml_lstm_has_5_71_million_multiplications_a_window() =>
        Assert.Equal(3_393_024 + 2_310_144 + 4_352, Build("tinyml-lstm", 13, 47, ("classes", 4)).Macs);

    [Theory]
    [InlineData(73.2, "self.scores", "self.attended")]
    [InlineData(48.0, "merged.conv")]
    [InlineData(18.6, "routing.votes")]
    [InlineData(9.5, "tokens.gate.conv", "self.gate.conv")]
    [InlineData(8.3, "forward.conv", "backward.conv")]
    [InlineData(4.0, "cross.scores", "cross.attended")]
    [InlineData(3.1, "primary.pointwise")]
    public void Plb_has_the_multiplications_of_each_part(double millions, params string[] layers) =>
        Assert.Equal(millions, Plb().Layers.Where(l => layers.Contains(l.Name)).Sum(l => l.Macs) / 1e6, 0.05);

    /// <summary>Three sums and two agreements are 1.5 million; the first sum's shares are equal, so that ours needs no product for it.</summary>
    [Fact]
    public void Plb_routes_with_four_of_the_five_products_of_the_authors_code()
    {
        long[] products = [.. Plb().Layers.Where(l => l.Name.EndsWith(".agreement", StringComparison.Ordinal) || l.Name.EndsWith(".sum", StringComparison.Ordinal))
            .Select(l => l.Macs).Where(m => m > 0)];
        Assert.Equal(Enumerable.Repeat(6L * 756 * 64, 4), products);
        Assert.Equal(1.5, 5 * products[0] / 1e6, 0.05);
    }

    [Fact]
    public void Plb_has_166_million_multiplications() => Assert.Equal(166, Plb().Macs / 1e6, 0.5);

    private static double Unpadded(Graph.Graph graph, Node conv) =>
        (conv.Shape[2] - 2.0) * (conv.Shape[3] - 2) * graph.Initializer(conv.Inputs[1]).Shape.Elements;

    private static Graph.Graph Plb() => Build("plb", 39, 196, ("classes", 7), ("recipe", "faithful"));

    private static Graph.Graph Build(string model, int bands, int frames, params (string Name, ParameterValue Value)[] parameters) =>
        ModelZoo.Build(model, parameters.ToDictionary(p => p.Name, p => p.Value), bands, frames);
}
