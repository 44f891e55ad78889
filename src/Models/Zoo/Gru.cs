using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// The GRU of Google's streaming library (Rybakov et al., "Streaming keyword spotting on mobile devices", Interspeech 2020): a gated recurrent unit's last
/// state and two dense layers, the first of them linear. Sizes are those of the library's published experiments; 593,836 parameters for 20 coefficients and
/// 12 classes, with Keras' two biases (counted here; their pages give no number for it).
/// </summary>
internal static class Gru
{
    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "gru",
            "GRU 400, dense 128 and 256 (Rybakov et al. 2020): keywords from 20 MFCCs x 49 frames.",
            [
                ModelZoo.Classes,
                new("dropout", 0.1, "Share of the last state zeroed when training.") { Min = 0, Max = 0.9 },
                new("units", 400, "Units of the recurrent layer.") { Min = 2, Max = 2048, Whole = true },
            ])
        {
            Bands = 20,
            Frames = 49,
        },
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        var builder = new GraphBuilder("gru", bands, frames, InitialScheme.Keras);
        string x = builder.TransposeHeightWidth("input.transpose", builder.Input);
        x = builder.Flatten("gru.flatten", builder.Gru("gru", x, parameters["units"].AsInteger(), lastOnly: true));
        x = builder.Dropout("gru.dropout", x, (float)parameters["dropout"].AsNumber(), channelwise: false);
        x = builder.Relu("dense2.relu", builder.Gemm("dense2", builder.Gemm("dense1", x, 128), 256));
        builder.Gemm("classifier", x, parameters["classes"].AsInteger());
        return builder.Build();
    }
}
