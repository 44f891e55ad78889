namespace Pipeline.Models.Graph;

/// <summary>
/// Matrix product over the last two axes: [N, C, M, K] by [N, C, K, P], or by an initialiser [K, P], gives [N, C, M, P].
/// </summary>
public sealed record MatMul : Operator;

/// <summary>e^x over its sum along an axis.</summary>
/// <param name="Axis">The axis, from 1.</param>
public sealed record Softmax(int Axis) : Operator;

/// <summary>Product with one learned number. Inputs: X and the factor [1]. ONNX's Mul with an initialiser.</summary>
public sealed record Scale : Operator
{
    /// <inheritdoc/>
    public override bool IsElementwise => true;
}

/// <summary>
/// Normalisation by the mean and variance of each row along the last axis (Ba et al. 2016). Inputs: X, scale and bias, these of the last axis' size.
/// </summary>
/// <param name="Epsilon">Added to the variance.</param>
public sealed record LayerNormalization(float Epsilon) : Operator;

/// <summary>x over its Euclidean length along the last axis, which is taken as 1e-6 where it is less: ONNX's LpNormalization with p 2.</summary>
public sealed record LpNormalization : Operator;

/// <summary>
/// A capsule's squashing along the last axis: l² / (1 + l²) · x / √(l² + 1e-7) with the length l (Sabour et al. 2017), so that lengths are below 1.
/// </summary>
public sealed record Squash : Operator;
