using Pipeline.Models.Graph;

namespace Pipeline.Models.Weights;

/// <summary>A tensor of float32 values with a name.</summary>
/// <param name="Name">Unique among those it is kept with.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">Its values, row-major.</param>
public sealed record NamedTensor(string Name, TensorShape Shape, float[] Values);
