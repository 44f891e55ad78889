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

/// <summary>
/// Mean of each window; the windows lie within the input and do not overlap: ONNX's AveragePool with strides as its kernel and without pads.
/// </summary>
/// <param name="Kernel">Rows and columns of the window, and the steps.</param>
public sealed record AveragePool(Size2 Kernel) : Operator;

/// <summary>The same elements from last to first along an axis: ONNX's Slice with a step of -1.</summary>
/// <param name="Axis">The axis, from 1.</param>
public sealed record Reverse(int Axis) : Operator;

/// <summary>Sum along an axis, which stays with size 1: ONNX's ReduceSum with keepdims 1.</summary>
/// <param name="Axis">The axis, from 1.</param>
public sealed record ReduceSum(int Axis) : Operator;

/// <summary>Mean along an axis, which stays with size 1: ONNX's ReduceMean with keepdims 1.</summary>
/// <param name="Axis">The axis, from 1.</param>
public sealed record ReduceMean(int Axis) : Operator;

/// <summary>Greatest along an axis, which stays with size 1: ONNX's ReduceMax with keepdims 1.</summary>
/// <param name="Axis">The axis, from 1.</param>
public sealed record ReduceMax(int Axis) : Operator;
