using Pipeline.Contracts;

namespace Pipeline.Models.Zoo;

/// <summary>Parts of PLB that its ablations leave out (models.md 5.6).</summary>
internal enum PlbPart
{
    /// <summary>Depthwise separable convolutions before the capsules.</summary>
    Separable,

    /// <summary>Channel and spatial gates after each convolution.</summary>
    Cbam,

    /// <summary>The spatial gate on the tokens.</summary>
    TokenGate,

    /// <summary>Self-attention among the tokens.</summary>
    SelfAttention,

    /// <summary>Capsule routing.</summary>
    Routing,
}

/// <summary>PLB's parameters, read.</summary>
/// <param name="Faithful">Whether the authors' deviations are kept.</param>
/// <param name="Dropout">Share zeroed when training.</param>
/// <param name="Forward">Whether there is a branch over the features.</param>
/// <param name="Backward">Whether there is a branch over their reversal.</param>
/// <param name="Without">The part left out.</param>
internal sealed record PlbSettings(bool Faithful, float Dropout, bool Forward, bool Backward, PlbPart? Without)
{
    /// <summary>Whether there is one branch alone.</summary>
    public bool IsSingle => !Forward || !Backward;

    /// <summary>Reads checked parameters.</summary>
    /// <exception cref="BadInputException">Two of them contradict each other.</exception>
    public static PlbSettings Of(IReadOnlyDictionary<string, ParameterValue> parameters)
    {
        string without = parameters["without"].AsText();
        string direction = parameters["direction"].AsText();
        bool confounded = without == "spatial-published";
        if (confounded && direction == "forward")
        {
            throw new BadInputException(
                "Parameter 'direction' of model 'plb' is 'forward', but without 'spatial-published' leaves the forward branch out. "
                + "Expected both or backward.");
        }

        PlbPart? part = without switch
        {
            "dwscnn" => PlbPart.Separable,
            "cbam" => PlbPart.Cbam,
            "spatial" or "spatial-published" => PlbPart.TokenGate,
            "self-attention" => PlbPart.SelfAttention,
            "routing" => PlbPart.Routing,
            _ => null,
        };
        return new(
            parameters["recipe"].AsText() == "faithful",
            (float)parameters["dropout"].AsNumber(),
            Forward: direction != "backward" && !confounded,
            Backward: direction != "forward",
            part);
    }

    /// <summary>Whether a part is there.</summary>
    public bool Has(PlbPart part) => Without != part;
}
