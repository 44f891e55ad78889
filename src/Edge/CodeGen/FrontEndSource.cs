using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Quantization;

namespace Pipeline.Edge.CodeGen;

/// <summary>Writes frontend.h and frontend.c: the front end's tables as hexadecimal floats before its steps, which are in CodeGen/Runtime.</summary>
internal static class FrontEndSource
{
    /// <summary>Bytes of scratch memory: four arrays of 256 floats, the powers on two of them.</summary>
    public const int ScratchBytes = 4 * 256 * sizeof(float);

    /// <summary>The header.</summary>
    /// <param name="samples">Samples of one input.</param>
    public static string Header(int samples)
    {
        var text = new CText();
        text.Line("/* From one second of sound to features and classes. Not reentrant. */");
        text.Line("#ifndef KWS_FRONTEND_H");
        text.Line("#define KWS_FRONTEND_H");
        text.Line();
        text.Line("#include <stdint.h>");
        text.Line();
        text.Line($"#define KWS_SAMPLES {samples} /* 16-bit mono PCM at 16 kHz */");
        text.Line();
        text.Line("/* Computes the features that kws_infer takes and returns where they are. */");
        text.Line("int8_t *kws_features(const int16_t pcm[KWS_SAMPLES]);");
        text.Line();
        text.Line("/* Features, then the model: the classes' logits of one second of sound. */");
        text.Line("void kws_run(const int16_t pcm[KWS_SAMPLES], int8_t *out);");
        text.Line();
        text.Line("#endif");
        return text.ToString();
    }

    /// <summary>The front end.</summary>
    public static string Body(QuantizedTensor input, LogMelTables tables)
    {
        // The greatest index into the passes' table is 3 · 63; into the split's, 128.
        (float Re, float Im)[] passes = [.. tables.Passes.Take(190)];
        (float Re, float Im)[] split = [.. tables.Split.Take(129)];
        var text = new CText();
        text.Line("#include \"frontend.h\"");
        text.Line();
        text.Line("#include <string.h>");
        text.Line();
        text.Line("#include \"model.h\"");
        text.Line();
        text.Line($"#define KWS_BANDS {input.Height}");
        text.Line($"#define KWS_FRAMES {input.Width}");
        text.Line($"#define KWS_CENTRE {tables.Centre} /* samples before the signal at which the first window begins */");
        text.Line($"#define KWS_INPUT_INVERSE_SCALE {CText.HexFloat(input.InverseScale)}");
        text.Line($"#define KWS_INPUT_OFFSET {CText.HexFloat(input.RoundingOffset)}");
        text.Line();
        text.Array("hann", tables.Window);
        text.Array("fft_cos", [.. passes.Select(p => p.Re)]);
        text.Array("fft_sin", [.. passes.Select(p => p.Im)]);
        text.Array("split_cos", [.. split.Select(p => p.Re)]);
        text.Array("split_sin", [.. split.Select(p => p.Im)]);
        text.Array("int16_t", "mel_start", [.. tables.Filters.Select(f => f.Start)]);
        text.Array("int16_t", "mel_count", [.. tables.Filters.Select(f => f.Weights.Count)]);
        text.Array("mel_weights", [.. tables.Filters.SelectMany(f => f.Weights)]);
        text.Line();
        text.Line(EmbeddedSource.Read("frontend.c"));
        return text.ToString();
    }
}
