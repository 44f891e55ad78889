using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Quantization;
using Pipeline.Models.Reference;
using Pipeline.Models.Zoo;

namespace Pipeline.Models.Tests;

/// <summary>The integer interpreter against the float one, within bounds that follow from the steps of the quantisation.</summary>
public sealed class QuantizerTests
{
    private const int Bands = 10;
    private const int Frames = 9;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_convolution_errs_by_no_more_than_its_roundings(ulong seed)
    {
        var builder = new GraphBuilder("conv", Bands, Frames);
        builder.Conv("conv", builder.Input, 7, new(3, 5), new(2, 1), Pads.Symmetric(1, 2), bias: true);
        Graph.Graph graph = builder.Build();
        Dictionary<string, float[]> weights = Weights(graph, seed);
        float[] features = Features(graph, seed);
        QuantizedGraph quantized = Quantizer.Quantize(graph, weights, [features], Calibration.MinMax);
        float[] expected = new FloatInterpreter(graph, weights).Run(features).ToArray();
        float[] found = Run(quantized, features);

        // Half a unit of the output; half a unit of each input times its weight; half a unit of each weight times its input; half a unit of the bias.
        float[] kernel = weights["conv.weight"];
        double greatestInput = features.Max(Math.Abs);
        double input = quantized.Input.Scale;
        for (int i = 0; i < expected.Length; i++)
        {
            int channel = i / (graph.OutputShape[2] * graph.OutputShape[3]);
            float[] row = kernel[(channel * 15)..((channel + 1) * 15)];
            double weightScale = row.Max(w => Math.Abs((double)w)) / 127;
            double bound = (0.5 * quantized.Output.Scale) + (0.5 * input * row.Sum(w => Math.Abs((double)w)))
                + (0.5 * weightScale * 15 * (greatestInput + input)) + (0.5 * weightScale * input);
            Assert.True(Math.Abs(found[i] - expected[i]) <= bound * 1.0001, $"element {i}: {found[i]} for {expected[i]}, bound {bound}");
        }
    }

    [Fact]
    public void The_table_of_silu_holds_the_nearest_values()
    {
        var builder = new GraphBuilder("silu", Bands, Frames);
        builder.Silu("silu", builder.Input);
        Graph.Graph graph = builder.Build();
        QuantizedGraph quantized = Quantizer.Quantize(graph, Weights(graph, 1), [Features(graph, 1)], Calibration.MinMax);
        QuantizedTable table = Assert.IsType<QuantizedTable>(Assert.Single(quantized.Operators));
        for (int q = -128; q < 128; q++)
        {
            double x = (q - quantized.Input.ZeroPoint) * quantized.Input.Scale;
            double exact = (x / (1 + Math.Exp(-x)) / quantized.Output.Scale) + quantized.Output.ZeroPoint;
            Assert.True(Math.Abs(table.Table[q + 128] - Math.Clamp(exact, -128, 127)) <= 0.5 + 1e-9);
        }
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(2, 2, 2)]
    public void Sub_spectral_normalisation_goes_into_the_convolution_before_it_or_into_an_identity(ulong seed, int operators, int extraReaders)
    {
        var builder = new GraphBuilder("ssn", Bands, Frames);
        string conv = builder.Conv("conv", builder.Input, 4, new(3, 1), pads: Pads.Symmetric(1, 0));
        string norm = builder.SubSpectralNorm("norm", conv, 5);
        if (extraReaders > 0)
        {
            builder.Add("sum", norm, conv);
        }

        Graph.Graph graph = builder.Build();
        Dictionary<string, float[]> weights = Weights(graph, seed);
        float[] features = Features(graph, seed);
        QuantizedGraph quantized = Quantizer.Quantize(graph, weights, [features], Calibration.MinMax);
        Assert.Equal(operators + (extraReaders > 0 ? 1 : 0), quantized.Operators.Length);
        AssertClose(graph, weights, quantized, features, units: 8);
    }

    [Fact]
    public void Three_terms_are_added_at_once_and_rectified()
    {
        var builder = new GraphBuilder("sum", Bands, Frames);
        string wide = builder.Conv("wide", builder.Input, 4, new(3, 3), pads: Pads.Symmetric(1, 1));
        string other = builder.Conv("other", builder.Input, 4, new(1, 1));
        string narrow = builder.ReduceMeanHeight("mean", wide);
        builder.Relu("relu", builder.Add("outer", builder.Add("inner", wide, narrow), other));
        Graph.Graph graph = builder.Build();
        Dictionary<string, float[]> weights = Weights(graph, 3);
        float[] features = Features(graph, 3);
        QuantizedGraph quantized = Quantizer.Quantize(graph, weights, [features], Calibration.MinMax);
        QuantizedAdd add = Assert.Single(quantized.Operators.OfType<QuantizedAdd>());
        Assert.Equal(3, add.Inputs.Length);
        Assert.Equal(quantized.Output.ZeroPoint, add.Min);
        AssertClose(graph, weights, quantized, features, units: 4);
    }

    [Fact]
    public void Bands_become_channels_and_the_greatest_of_each_window_keeps_its_scale()
    {
        var builder = new GraphBuilder("pooled", Bands, Frames);
        string x = builder.Transpose("bands", builder.Input, channels: 2, height: 1, width: 3);
        x = builder.Relu("relu", builder.Conv("conv", x, 5, new(1, 3), bias: true));
        builder.Gemm("classifier", builder.Flatten("flatten", builder.MaxPool("pool", x, new(1, 3))), 4);
        Graph.Graph graph = builder.Build();
        Dictionary<string, float[]> weights = Weights(graph, 6);
        float[] features = Features(graph, 6);
        QuantizedGraph quantized = Quantizer.Quantize(graph, weights, [features], Calibration.MinMax);
        QuantizedMaxPool pool = Assert.Single(quantized.Operators.OfType<QuantizedMaxPool>());
        Assert.Equal(quantized.Tensors[pool.Input].Scale, quantized.Tensors[pool.Output].Scale);
        Assert.Equal(quantized.Tensors[pool.Input].ZeroPoint, quantized.Tensors[pool.Output].ZeroPoint);
        AssertClose(graph, weights, quantized, features, units: 5);
    }

    [Fact]
    public void Axes_in_an_order_that_boards_do_not_have_are_refused_by_layer()
    {
        var builder = new GraphBuilder("turned", Bands, Frames);
        builder.Transpose("turned", builder.Conv("conv", builder.Input, 3, Size2.One), channels: 3, height: 2, width: 1);
        Graph.Graph graph = builder.Build();
        var e = Assert.Throws<BadInputException>(() => Quantizer.Quantize(graph, Weights(graph, 1), [Features(graph, 1)]));
        Assert.Contains("Layer 'turned' reorders axes", e.Message);
    }

    /// <summary>40,000 products an output fit in 32 bits unless nearly all weights are as great as the greatest.</summary>
    [Fact]
    public void A_long_layer_is_refused_where_its_sums_could_leave_32_bits_and_only_there()
    {
        var builder = new GraphBuilder("long", 200, 200);
        builder.Gemm("classifier", builder.Flatten("flatten", builder.Input), 2);
        Graph.Graph graph = builder.Build();
        Dictionary<string, float[]> weights = Weights(graph, 7);
        float[] features = Features(graph, 7);
        AssertClose(graph, weights, Quantizer.Quantize(graph, weights, [features], Calibration.MinMax), features, units: 20);

        Array.Fill(weights["classifier.weight"], 0.01f);
        var refused = Assert.Throws<BadInputException>(() => Quantizer.Quantize(graph, weights, [features]));
        Assert.Contains("Layer 'classifier' has an output whose 40000 int8 weights add up to 5080000", refused.Message);
    }

    [Fact]
    public void A_channel_that_has_died_keeps_its_offset()
    {
        var builder = new GraphBuilder("dead", Bands, Frames);
        builder.BatchNormalization("norm", builder.Conv("conv", builder.Input, 3, new(3, 3), pads: Pads.Symmetric(1, 1)));
        Graph.Graph graph = builder.Build();
        Dictionary<string, float[]> weights = Weights(graph, 4);
        weights["norm.weight"] = [1e-20f, 0f, 1f];
        weights["norm.bias"] = [2f, -3f, 0f];
        float[] features = Features(graph, 4);
        QuantizedGraph quantized = Quantizer.Quantize(graph, weights, [features], Calibration.MinMax);
        AssertClose(graph, weights, quantized, features, units: 3);
    }

    [Fact]
    public void Equal_arguments_give_equal_bytes()
    {
        var builder = new GraphBuilder("conv", Bands, Frames);
        builder.Silu("silu", builder.BatchNormalization("norm", builder.Conv("conv", builder.Input, 3, new(3, 3))));
        Graph.Graph graph = builder.Build();
        byte[] first = QuantizationJson.Write(Quantizer.Quantize(graph, Weights(graph, 5), [Features(graph, 5)]));
        byte[] second = QuantizationJson.Write(Quantizer.Quantize(graph, Weights(graph, 5), [Features(graph, 5)]));
        Assert.Equal(first, second);
        Assert.Equal(first, QuantizationJson.Write(QuantizationJson.Read(first, "model.json")));
    }

    [Fact]
    public void A_layer_that_has_no_integer_arithmetic_is_refused_naming_it()
    {
        var builder = new GraphBuilder("vector", Bands, Frames);
        builder.BatchNormalization("head.norm", builder.Flatten("flatten", builder.Input));
        Graph.Graph graph = builder.Build();
        BadInputException refused = Assert.Throws<BadInputException>(() => Quantizer.Quantize(graph, Weights(graph, 1), [Features(graph, 1)]));
        Assert.Contains("Layer 'head.norm'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("edge-rnn", "Layer 'dense0.prelu' is a PRelu", "Choose a model without it for boards")]
    [InlineData("plb", "Layer 'forward.elu' is a Elu", "Choose a model without it for boards")]
    [InlineData("kwt", "Layer 'embedding' is a MatMul", "Choose a model without it for boards")]
    [InlineData("tinyml-lstm", "Layer 'lstm1' is a Lstm", "Choose a model without it for boards")]
    public void A_model_with_layers_that_have_no_integer_arithmetic_is_refused_naming_the_first_and_what_to_do(
        string model, string layer, string advice)
    {
        Graph.Graph graph = ModelZoo.Build(model, new Dictionary<string, ParameterValue>(), 40, 64);
        Dictionary<string, float[]> weights = graph.Initializers.ToDictionary(i => i.Name, i => InitialDraw.Of(i, 1));
        float[] silence = new float[graph.InputShape.Elements];
        BadInputException refused = Assert.Throws<BadInputException>(() => Quantizer.Quantize(graph, weights, [silence]));
        Assert.Contains(layer, refused.Message, StringComparison.Ordinal);
        Assert.Contains(advice, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_calibration_clips_are_refused()
    {
        var builder = new GraphBuilder("relu", Bands, Frames);
        builder.Relu("relu", builder.Input);
        Assert.Throws<BadInputException>(() => Quantizer.Quantize(builder.Build(), new Dictionary<string, float[]>(), []));
    }

    [Fact]
    public void A_torn_quantised_model_is_refused() =>
        Assert.Throws<CorruptDataException>(() => QuantizationJson.Read("{ \"name\": \"x\", \"tens"u8, "model.json"));

    [Fact]
    public void Least_squares_saturates_a_rare_extreme_and_min_max_does_not()
    {
        var builder = new GraphBuilder("relu", Bands, Frames);
        builder.Relu("relu", builder.Input);
        Graph.Graph graph = builder.Build();

        // 90,000 values in [0, 1) and one of 1.15: saturating that one costs 0.15² at most, finer steps for the others save more.
        var random = StableRandom.For(6, "clips");
        float[][] clips = [.. Enumerable.Range(0, 1000).Select(_ => Enumerable.Range(0, Bands * Frames).Select(_ => (float)random.NextDouble()).ToArray())];
        clips[0][0] = 1.15f;
        QuantizedGraph whole = Quantizer.Quantize(graph, Weights(graph, 6), clips, Calibration.MinMax);
        QuantizedGraph tight = Quantizer.Quantize(graph, Weights(graph, 6), clips, Calibration.LeastSquares);
        Assert.Equal(1.15 / 255, whole.Output.Scale, 6);
        Assert.InRange(tight.Output.Scale, 0.99 / 255, 1.05 / 255);
    }

    private static void AssertClose(Graph.Graph graph, Dictionary<string, float[]> weights, QuantizedGraph quantized, float[] features, double units)
    {
        float[] expected = new FloatInterpreter(graph, weights).Run(features).ToArray();
        float[] found = Run(quantized, features);
        double worst = expected.Zip(found, (a, b) => Math.Abs(a - b)).Max() / quantized.Output.Scale;
        Assert.True(worst <= units, $"worst error {worst:F2} output units, expected at most {units}");
    }

    /// <summary>The output as real numbers, [channels, height, width].</summary>
    private static float[] Run(QuantizedGraph quantized, float[] features)
    {
        sbyte[] input = [.. features.Select(quantized.Input.Quantize)];
        ReadOnlySpan<sbyte> output = new IntegerInterpreter(quantized).Run(input);
        QuantizedTensor to = quantized.Output;
        var real = new float[output.Length];
        for (int i = 0; i < output.Length; i++)
        {
            real[(i % to.Channels * to.Height * to.Width) + (i / to.Channels)] = (float)((output[i] - to.ZeroPoint) * to.Scale);
        }

        return real;
    }

    private static Dictionary<string, float[]> Weights(Graph.Graph graph, ulong seed)
    {
        var random = StableRandom.For(seed, "weights");
        return graph.Initializers.ToDictionary(i => i.Name, i => i.Name.EndsWith("running_var", StringComparison.Ordinal)
            ? [.. Enumerable.Range(0, i.Shape.Elements).Select(_ => (float)random.NextDouble(0.5, 2))]
            : (float[])[.. Enumerable.Range(0, i.Shape.Elements).Select(_ => (float)random.NextDouble(-1, 1))]);
    }

    private static float[] Features(Graph.Graph graph, ulong seed)
    {
        var random = StableRandom.For(seed, "features");
        return [.. Enumerable.Range(0, graph.InputShape.Elements).Select(_ => (float)random.NextDouble(-3, 2))];
    }
}
