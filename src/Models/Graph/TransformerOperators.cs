namespace Pipeline.Models.Graph;

/// <summary>x · Φ(x) with the normal distribution's Φ (Hendrycks and Gimpel 2016), without approximation.</summary>
public sealed record Gelu : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>
/// Sum with a learned term. Inputs: X [N, C, H, W] and the term [W] or [H, W], repeated along the other axes. ONNX's Add with an initialiser.
/// </summary>
public sealed record AddLearned : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>A learned row before the others. Inputs: X [N, C, H, W] and the row [W]; makes [N, C, H + 1, W]. ONNX's Concat with an initialiser.</summary>
public sealed record PrependRow : Operator;

/// <summary>The first row: [N, C, H, W] to [N, C, 1, W]. ONNX's Slice.</summary>
public sealed record FirstRow : Operator;
