using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Zoo;

namespace Pipeline.Testing;

/// <summary>A model whose logits, loss and gradients the generators beside this file wrote down.</summary>
/// <param name="Bands">Bands of the features.</param>
/// <param name="Frames">Frames of the features.</param>
/// <param name="Model">Its name in the zoo.</param>
/// <param name="Parameters">Its parameters, but for classes.</param>
internal sealed record GoldenCase(int Bands, int Frames, string Model, params (string Name, ParameterValue Value)[] Parameters)
{
    private static readonly Dictionary<string, GoldenCase> Cases = new()
    {
        ["bc-resnet"] = new(40, 26, "bc-resnet"),
        ["bc-resnet-no-ssn"] = new(40, 25, "bc-resnet", ("variant", "no-ssn")),
        ["bc-resnet-no-auxiliary"] = new(40, 25, "bc-resnet", ("variant", "no-auxiliary")),
        ["bc-resnet-no-identity"] = new(40, 25, "bc-resnet", ("variant", "no-identity")),
        ["bc-resnet-attention"] = new(40, 25, "bc-resnet", ("variant", "attention")),
        ["bc-resnet-max-pool"] = new(40, 25, "bc-resnet", ("variant", "max-pool")),
        ["bc-resnet-resnet-1d"] = new(40, 25, "bc-resnet", ("variant", "resnet-1d"), ("tau", 2)),
        ["bc-resnet-resnet-2d"] = new(40, 25, "bc-resnet", ("variant", "resnet-2d")),
        ["bc-resnet-resnet-2d-ssn"] = new(40, 25, "bc-resnet", ("variant", "resnet-2d-ssn")),
        ["ds-cnn"] = new(40, 26, "ds-cnn"),
        ["edge-rnn"] = new(40, 26, "edge-rnn"),
        ["edge-rnn-g"] = new(40, 26, "edge-rnn-g"),
        ["gru"] = new(20, 26, "gru", ("units", 48)),
        ["kaggle-simple-conv"] = new(40, 34, "kaggle-simple-conv"),
        ["kaggle-deeper-conv"] = new(40, 34, "kaggle-deeper-conv"),
        ["kaggle-deeper-conv-committed"] = new(40, 34, "kaggle-deeper-conv", ("as", "committed")),
        ["kwt-1-2-layers"] = new(40, 26, "kwt", ("layers", 2)),
        ["kwt-2-1-layer"] = new(40, 26, "kwt", ("size", 2), ("layers", 1)),
        ["matchbox-net-2x2x32"] = new(24, 26, "matchbox-net", ("blocks", 2), ("repeat", 2), ("channels", 32), ("dropout", 0.1)),
        ["plb"] = new(40, 34, "plb"),
        ["plb-faithful"] = new(40, 34, "plb", ("recipe", "faithful")),
        ["plb-faithful-forward"] = new(40, 34, "plb", ("recipe", "faithful"), ("direction", "forward")),
        ["plb-without-dwscnn"] = new(40, 34, "plb", ("without", "dwscnn")),
        ["plb-without-cbam"] = new(40, 34, "plb", ("without", "cbam")),
        ["plb-without-spatial-published"] = new(40, 34, "plb", ("without", "spatial-published")),
        ["plb-without-self-attention"] = new(40, 34, "plb", ("without", "self-attention")),
        ["plb-without-routing"] = new(40, 34, "plb", ("without", "routing")),
        ["res-8-narrow"] = new(40, 26, "res", ("depth", 8), ("narrow", true)),
        ["res-15-narrow"] = new(40, 26, "res", ("depth", 15), ("narrow", true)),
        ["res-26"] = new(40, 26, "res", ("depth", 26)),
        ["svdf"] = new(30, 49, "svdf"),
        ["svdf-small"] = new(40, 50, "svdf", ("size", "small")),
        ["tc-resnet-8"] = new(40, 26, "tc-resnet"),
        ["tc-resnet-8-faithful"] = new(40, 26, "tc-resnet", ("recipe", "faithful")),
        ["tc-resnet-14-1.5"] = new(40, 27, "tc-resnet", ("depth", 14), ("width", 1.5)),
        ["tinyml-lstm"] = new(40, 26, "tinyml-lstm"),
        ["tinyml-lstm-faithful"] = new(40, 26, "tinyml-lstm", ("recipe", "faithful")),
    };

    /// <summary>The names of all cases, which are those of their files.</summary>
    public static IEnumerable<string> Names => Cases.Keys;

    /// <summary>The graph of a case.</summary>
    public static Graph GraphOf(string name)
    {
        GoldenCase found = Cases[name];
        return ModelZoo.Build(found.Model, found.Parameters.ToDictionary(p => p.Name, p => p.Value), found.Bands, found.Frames);
    }
}
