using Pipeline.Models.Quantization;

namespace Pipeline.Edge.CodeGen;

/// <summary>Writes model.c and model.h: constant tables, the arena, and one call a layer.</summary>
internal static class ModelSource
{
    /// <summary>The header.</summary>
    public static string Header(QuantizedGraph graph)
    {
        var text = new CText();
        text.Line("/* An int8 model as plain C99: no heap, no stdio, one static arena. Not reentrant. */");
        text.Line("#ifndef KWS_MODEL_H");
        text.Line("#define KWS_MODEL_H");
        text.Line();
        text.Line("#include <stdint.h>");
        text.Line();
        text.Line($"#define KWS_FEATURES {graph.Input.Size} /* {graph.Input.Height} bands x {graph.Input.Width} frames */");
        text.Line($"#define KWS_CLASSES {graph.Output.Size}");
        text.Line();
        text.Line("extern const char *const kws_class_names[KWS_CLASSES];");
        text.Line();
        text.Line("/* Where the features go before kws_infer; [band, frame]. Overwritten by kws_infer. */");
        text.Line("int8_t *kws_input(void);");
        text.Line();
        text.Line("/* Memory for the front end, free until kws_infer. */");
        text.Line("float *kws_scratch(void);");
        text.Line();
        text.Line($"/* The classes' logits: real value = (out - {graph.Output.ZeroPoint}) * {CText.HexFloat((float)graph.Output.Scale)}. */");
        text.Line("void kws_infer(int8_t out[KWS_CLASSES]);");
        text.Line();
        text.Line("#endif");
        return text.ToString();
    }

    /// <summary>The model.</summary>
    public static string Body(QuantizedGraph graph, ArenaPlan plan, IReadOnlyList<string> classes)
    {
        var text = new CText();
        text.Line($"/* {graph.Name} */");
        text.Line("#include \"model.h\"");
        text.Line();
        text.Line("#include <string.h>");
        text.Line();
        text.Line("#include \"kernels.h\"");
        text.Line();
        text.Line($"const char *const kws_class_names[KWS_CLASSES] = {{ {string.Join(", ", classes.Select(CText.Literal))} }};");
        for (int i = 0; i < graph.Operators.Length; i++)
        {
            Tables(text, graph, graph.Operators[i], i);
        }

        text.Line();
        text.Line("static union {");
        text.Line($"    int8_t bytes[{plan.Size}];");
        text.Line("    float floats[1];");
        text.Line("} arena;");
        text.Line();
        text.Line("int8_t *kws_input(void)");
        text.Line("{");
        text.Line($"    return arena.bytes + {plan.TensorOffsets[0]};");
        text.Line("}");
        text.Line();
        text.Line("float *kws_scratch(void)");
        text.Line("{");
        text.Line($"    return arena.floats + {plan.FrontEndScratchOffset / sizeof(float)};");
        text.Line("}");
        text.Line();
        text.Line("void kws_infer(int8_t out[KWS_CLASSES])");
        text.Line("{");
        for (int i = 0; i < graph.Operators.Length; i++)
        {
            Call(text, graph, plan, i);
        }

        text.Line($"    memcpy(out, arena.bytes + {plan.TensorOffsets[graph.Operators[^1].Output]}, KWS_CLASSES);");
        text.Line("}");
        return text.ToString();
    }

    private static void Tables(CText text, QuantizedGraph graph, QuantizedOperator op, int index)
    {
        if (op is QuantizedTable table)
        {
            text.Line();
            text.Line($"/* {op.Name} */");
            text.Array("int8_t", $"table_{index}", table.Table);
        }
        else if (op is QuantizedConv conv)
        {
            ConvTables(text, graph, conv, index);
        }
    }

    private static void ConvTables(CText text, QuantizedGraph graph, QuantizedConv conv, int index)
    {
        QuantizedTensor from = graph.Tensors[conv.Input];
        QuantizedTensor to = graph.Tensors[conv.Output];
        int perOutput = conv.Weights.Length / to.Channels;
        ConvKernel kernel = Kernels.KernelOf(graph, conv);
        int row = Kernels.RowBytes(graph, conv);
        text.Line();
        text.Line($"/* {conv.Name} */");
        text.Array("int8_t", $"weights_{index}", kernel == ConvKernel.Depthwise ? ByElement(conv, to.Channels) : Padded(conv, to.Channels, row));
        text.Line($"static const kws_scale_t scale_{index}[{conv.Bias.Length}] = {{");
        for (int band = 0; band < conv.SubBands; band++)
        {
            for (int c = 0; c < to.Channels; c++)
            {
                int parameter = (c * conv.SubBands) + band;
                int sum = conv.Weights.AsSpan().Slice(c * perOutput, perOutput).ToArray().Sum(w => w);
                text.Line($"    {Scale(conv.Bias[parameter] - (from.ZeroPoint * sum), conv.Multipliers[parameter])},");
            }
        }

        text.Line("};");
        text.Line($"static const kws_conv_t conv_{index} = {{");
        text.Line($"    {from.Height}, {from.Width}, {from.Channels}, {to.Height}, {to.Width}, {to.Channels}, {conv.Kernel.Height}, {conv.Kernel.Width},");
        text.Line($"    {conv.Strides.Height}, {conv.Strides.Width}, {conv.Dilations.Height}, {conv.Dilations.Width}, {conv.Pad.Height}, {conv.Pad.Width},");
        text.Line($"    {conv.Group}, {conv.SubBands}, {1 + (2 * to.ZeroPoint)}, {from.ZeroPoint}, {conv.Min}, {row}, weights_{index}, scale_{index},");
        text.Line("};");
    }

    private static string Scale(int bias, FixedPointMultiplier multiplier) =>
        $"{{ {bias}, {multiplier.Mantissa}, {multiplier.Shift - Kernels.FirstFastShift} }}";

    /// <summary>Depthwise weights, all channels of one kernel element together.</summary>
    private static sbyte[] ByElement(QuantizedConv conv, int channels)
    {
        int elements = conv.Weights.Length / channels;
        return [.. Enumerable.Range(0, conv.Weights.Length).Select(i => conv.Weights[(i % channels * elements) + (i / channels)])];
    }

    /// <summary>Each output's weights followed by zeros up to whole words.</summary>
    private static sbyte[] Padded(QuantizedConv conv, int channels, int row)
    {
        int perOutput = conv.Weights.Length / channels;
        return [.. Enumerable.Range(0, channels * row).Select(i => i % row < perOutput ? conv.Weights[(i / row * perOutput) + (i % row)] : (sbyte)0)];
    }

    private static void Call(CText text, QuantizedGraph graph, ArenaPlan plan, int index)
    {
        QuantizedOperator op = graph.Operators[index];
        QuantizedTensor from = graph.Tensors[op.Inputs[0]];
        QuantizedTensor to = graph.Tensors[op.Output];
        string At(int tensor) => $"arena.bytes + {plan.TensorOffsets[tensor]}";
        string input = At(op.Inputs[0]);
        string output = At(op.Output);
        text.Line($"    /* {op.Name}: {to.Height} x {to.Width} x {to.Channels} */");
        switch (op)
        {
            case QuantizedConv conv:
                text.Line(Kernels.KernelOf(graph, conv) switch
                {
                    ConvKernel.Plain => $"    kws_plain(&conv_{index}, {input}, {output});",
                    ConvKernel.Depthwise => $"    kws_depthwise(&conv_{index}, {input}, {output}, arena.bytes + {plan.ScratchOffsets[index]});",
                    _ => $"    kws_conv(&conv_{index}, {input}, {output}, arena.bytes + {plan.ScratchOffsets[index]});",
                });
                break;
            case QuantizedTable:
                text.Line($"    kws_table(table_{index}, {input}, {output}, {to.Size});");
                break;
            case QuantizedAdd add:
                Add(text, graph, add, to, At);
                break;
            case QuantizedMean mean:
                int step = to.Width * to.Channels;
                text.Line($"    kws_mean({input}, {output}, {step}, {from.Size / step}, {step}, {from.ZeroPoint}, {to.ZeroPoint}, (kws_scale_t){Scale(0, mean.Multiplier)});");
                break;
            case QuantizedMaxPool pool:
                text.Line($"    kws_max_pool({input}, {output}, {from.Width}, {to.Channels}, {to.Height}, {to.Width}, "
                    + $"{pool.Kernel.Height}, {pool.Kernel.Width}, {pool.Strides.Height}, {pool.Strides.Width});");
                break;
            case QuantizedTranspose:
                text.Line($"    kws_transpose({input}, {output}, {from.Height}, {from.Width}, {from.Channels});");
                break;
            default:
                throw new ArgumentException($"No kernel for {op.GetType().Name}.", nameof(graph));
        }
    }

    private static void Add(CText text, QuantizedGraph graph, QuantizedAdd add, QuantizedTensor to, Func<int, string> at)
    {
        long zero = add.Inputs.Zip(add.Factors, (input, factor) => (long)graph.Tensors[input].ZeroPoint * factor).Sum();
        text.Line("    {");
        text.Line($"        const kws_term_t terms[{add.Inputs.Length}] = {{");
        for (int k = 0; k < add.Inputs.Length; k++)
        {
            QuantizedTensor term = graph.Tensors[add.Inputs[k]];
            int row = term.Height == 1 ? 0 : term.Width * term.Channels;
            int pixel = term.Width == 1 ? 0 : term.Channels;
            text.Line($"            {{ {at(add.Inputs[k])}, {row}, {pixel}, {add.Factors[k]} }},");
        }

        text.Line("        };");
        text.Line($"        kws_add(terms, {add.Inputs.Length}, {-zero}, {add.Shift}, {to.ZeroPoint}, {add.Min}, {at(add.Output)}, {to.Height}, {to.Width}, {to.Channels});");
        text.Line("    }");
    }
}
