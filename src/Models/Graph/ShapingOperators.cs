namespace Pipeline.Models.Graph;

/// <summary>The same elements, row after row, in another shape; the batch stays: [N, C, H, W] to [N, channels, height, width].</summary>
/// <param name="Channels">Size of axis 1.</param>
/// <param name="Height">Size of axis 2.</param>
/// <param name="Width">Size of axis 3.</param>
public sealed record Reshape(int Channels, int Height, int Width) : Operator;

/// <summary>Axes in another order; the batch stays: ONNX's Transpose with perm [0, channels, height, width].</summary>
/// <param name="Channels">The input's axis that becomes axis 1.</param>
/// <param name="Height">The input's axis that becomes axis 2.</param>
/// <param name="Width">The input's axis that becomes axis 3.</param>
public sealed record Transpose(int Channels, int Height, int Width) : Operator;

/// <summary>Inputs one after the other along an axis; their other axes are equal.</summary>
/// <param name="Axis">The axis, from 1.</param>
public sealed record Concat(int Axis) : Operator;

/// <summary>Greatest of each window, which lies within the input: ONNX's MaxPool without pads.</summary>
/// <param name="Kernel">Rows and columns of the window.</param>
/// <param name="Strides">Steps.</param>
public sealed record MaxPool(Size2 Kernel, Size2 Strides) : Operator;
