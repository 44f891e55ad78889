namespace Pipeline.Models.Graph;

/// <summary>How an initialiser's first values come about.</summary>
public enum InitialValues
{
    /// <summary>All 0.</summary>
    Zeros,

    /// <summary>All 1.</summary>
    Ones,

    /// <summary>
    /// Uniform in ±1/√fan-in: PyTorch's default for the weights of convolutions and linear layers (He's uniform initialisation with a = √5) and
    /// for their biases.
    /// </summary>
    UniformFanIn,

    /// <summary>All of <see cref="Initializer.Value"/>.</summary>
    Constant,

    /// <summary>Uniform in ±√(6 / (fan-in + fan-out)): Keras' default for weights (Glorot and Bengio 2010).</summary>
    GlorotUniform,

    /// <summary>A matrix with orthonormal columns: Keras' default for the weights of recurrences (Saxe et al. 2014).</summary>
    Orthogonal,

    /// <summary>The bias of an LSTM's four gates: 1 for the forget gate, 0 for the others (Jozefowicz et al. 2015).</summary>
    OpenForgetGate,
}

/// <summary>Which framework's first values a model's convolutions and fully connected layers begin with.</summary>
public enum InitialScheme
{
    /// <summary>Weights and biases by <see cref="InitialValues.UniformFanIn"/>.</summary>
    PyTorch,

    /// <summary>Weights by <see cref="InitialValues.GlorotUniform"/>, biases 0.</summary>
    Keras,
}

/// <summary>A tensor that belongs to the model: learned, a running statistic, or fixed.</summary>
/// <param name="Name">Unique in the graph, for example <c>stage0.0.expand.weight</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Values">How it begins.</param>
/// <param name="FanIn">Inputs that each output of the layer sums over; what <see cref="InitialValues.UniformFanIn"/> takes.</param>
/// <param name="IsStatistic">Whether it is a running statistic or fixed, so that the optimiser leaves it alone.</param>
public sealed record Initializer(string Name, TensorShape Shape, InitialValues Values, int FanIn = 1, bool IsStatistic = false)
{
    /// <summary>Outputs that each input of the layer goes into; what <see cref="InitialValues.GlorotUniform"/> takes besides.</summary>
    public int FanOut { get; init; } = 1;

    /// <summary>What <see cref="InitialValues.Constant"/> takes.</summary>
    public double Value { get; init; }
}
