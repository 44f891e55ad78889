namespace Pipeline.Models.Graph;

/// <summary>1 / (1 + e^-x).</summary>
public sealed record Sigmoid : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>The hyperbolic tangent.</summary>
public sealed record Tanh : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>x where it is positive, else e^x - 1 (Clevert et al. 2016).</summary>
public sealed record Elu : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>x where it is positive, else slope · x (He et al. 2015). Inputs: X and the slope [1], which all elements share.</summary>
public sealed record PRelu : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>Product of two inputs; an axis of size 1 is repeated along the other's.</summary>
public sealed record Mul : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>Quotient of two inputs; an axis of size 1 is repeated along the other's.</summary>
public sealed record Div : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}
