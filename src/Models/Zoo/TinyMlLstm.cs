using Pipeline.Contracts;
using Pipeline.Models.Graph;

namespace Pipeline.Models.Zoo;

/// <summary>
/// The emotion recogniser for an Arduino Nano 33 BLE Sense (Speech-Emotion-Recognition-TinyML; models.md 6.4): two LSTMs over time and two fully
/// connected layers, with Keras' one bias for each gate and Keras' first values. 126,532 parameters for 13 coefficients and 4 classes.
/// </summary>
internal static class TinyMlLstm
{
    public static ZooModel Model { get; } = new(
        new ModelInfo(
            "tinyml-lstm",
            "LSTM 128, LSTM 64, dense 64 (Speech-Emotion-Recognition-TinyML): speech emotions from 13 MFCCs x 47 frames.",
            [
                ModelZoo.Classes,
                new("dropout", 0.3, "Share of elements zeroed before the classifier when training.") { Min = 0, Max = 0.9 },
                new(
                    "recipe",
                    "clean",
                    "clean: features as they are; faithful: features cut to whole numbers towards zero, as the authors' training data were.")
                {
                    Words = ["clean", "faithful"],
                },
                new("units", 128, "Units of the first LSTM; the second and the dense layer have half of it.") { Min = 2, Max = 1024, Whole = true },
            ])
        {
            Bands = 13,
            Frames = 47,
        },
        Build);

    private static Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        int units = parameters["units"].AsInteger();
        var builder = new GraphBuilder("tinyml-lstm", bands, frames, InitialScheme.Keras);
        string x = builder.TransposeHeightWidth("input.transpose", builder.Input);
        if (parameters["recipe"].AsText() == "faithful")
        {
            x = builder.Truncate("input.truncate", x);
        }

        x = builder.Lstm("lstm1", x, units, lastOnly: false);
        x = builder.Flatten("lstm2.flatten", builder.Lstm("lstm2", x, units / 2, lastOnly: true));
        x = builder.Relu("dense.relu", builder.Gemm("dense", x, units / 2));
        x = builder.Dropout("dense.dropout", x, (float)parameters["dropout"].AsNumber(), channelwise: false);
        builder.Gemm("classifier", x, parameters["classes"].AsInteger());
        return builder.Build();
    }
}
