using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// PLB, also TPMNet (speech-emotion-recognition-based-PLB; models.md 5.3): two convolutional branches over the features and their reversal, cross
/// attention, depthwise separable primary capsules, self-attention and capsule routing, with Keras' first values. As published 95,288 learned and
/// running numbers for 196 frames x 39 coefficients and 7 classes.
/// </summary>
internal static class Plb
{
    /// <summary>Least bands and frames that leave something after every convolution and pooling.</summary>
    private const int LeastSize = 30;

    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "plb",
            "PLB (speech-emotion-recognition-based-PLB): parallel branches, attention and capsules, for 39 MFCCs x 196 frames.",
            [
                ModelZoo.Classes,
                new("direction", "both", "Branches: over the features, over their reversal, or both with cross attention.")
                {
                    Words = ["both", "forward", "backward"],
                },
                new("dropout", 0.2, "Share of channels zeroed after each convolution, and of elements before the classifier, when training.")
                {
                    Min = 0, Max = 0.9,
                },
                new(
                    "recipe",
                    "clean",
                    "clean: channels are normalised, time is reversed, statistics move by 0.01 a batch, routing logits add up; "
                    + "faithful: as the authors' code has it, time rows are normalised, coefficients are reversed, "
                    + "the gates' statistics move by 0.99 a batch, routing logits are replaced, "
                    + "and a single branch has the spatial gate three times.")
                {
                    Words = ["clean", "faithful"],
                },
                new(
                    "without",
                    "none",
                    "What is left out: separable capsule convolutions, CBAM, the spatial gate, the spatial gate with the forward branch and cross "
                    + "attention (as the authors' ablation has it), self-attention, or capsule routing.")
                {
                    Words = ["none", "dwscnn", "cbam", "spatial", "spatial-published", "self-attention", "routing"],
                },
            ])
        {
            CountsStatistics = true,
            Bands = 39,
            Frames = 196,
        },
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        if (bands < LeastSize || frames < LeastSize)
        {
            throw new BadInputException($"Model 'plb' was asked to take {bands} bands x {frames} frames. Expected at least {LeastSize} of each.");
        }

        var settings = PlbSettings.Of(parameters);
        var builder = new GraphBuilder("plb", bands, frames, InitialScheme.Keras);
        var blocks = new PlbBlocks(builder, settings);
        string features = builder.TransposeHeightWidth("input.transpose", builder.Input);
        string x = blocks.Cbam("merged.cbam", blocks.Convolution("merged", Branches(builder, blocks, settings, features), dilation: 2));
        string capsules = Attend(builder, blocks, settings, blocks.PrimaryCapsules(x));
        x = settings.Has(PlbPart.Routing)
            ? builder.ReduceMean("capsules.mean", blocks.Route(capsules), 1)
            : builder.ReduceMean("tokens.mean", capsules, 2);
        x = builder.Dropout("classifier.dropout", builder.Flatten("classifier.flatten", x), settings.Dropout, channelwise: false);
        builder.Gemm("classifier", x, parameters["classes"].AsInteger());
        return builder.Build();
    }

    private static string Branches(GraphBuilder builder, PlbBlocks blocks, PlbSettings settings, string features)
    {
        // Of [1, 1, time, coefficients] the authors reverse the last axis, and write of reversed time.
        string? forward = settings.Forward ? blocks.Convolution("forward", features, dilation: 1) : null;
        string? backward = settings.Backward
            ? blocks.Convolution("backward", builder.Reverse("input.reversed", features, settings.Faithful ? 3 : 2), dilation: 1)
            : null;
        forward = forward is null ? null : blocks.Cbam("forward.cbam", forward);
        backward = backward is null ? null : blocks.Cbam("backward.cbam", backward);
        return forward is not null && backward is not null ? blocks.CrossAttention(forward, backward) : forward ?? backward!;
    }

    /// <summary>Self-attention over the tokens, with the spatial gate before and after.</summary>
    private static string Attend(GraphBuilder builder, PlbBlocks blocks, PlbSettings settings, string tokens)
    {
        tokens = settings.Has(PlbPart.Separable) ? blocks.TokenGate("tokens.gate", tokens) : tokens;
        if (!settings.Has(PlbPart.SelfAttention))
        {
            return tokens;
        }

        string keys = builder.TransposeHeightWidth("self.keys", tokens);
        string attended = builder.LayerNormalization("self.norm", blocks.Attention("self", tokens, keys, tokens), 1e-3f);
        if (settings is { Faithful: true, IsSingle: true })
        {
            attended = blocks.TokenGate("self.norm.gate", attended);
        }

        return blocks.TokenGate("self.gate", builder.Mul("self.product", attended, tokens));
    }
}
