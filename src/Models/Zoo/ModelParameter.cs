using Pipeline.Contracts;

namespace Pipeline.Models.Zoo;

/// <summary>A parameter of a model: a number in a range, one of some numbers or words, or a switch.</summary>
/// <param name="Name">Its name, as sweep files write it after <c>model.</c>.</param>
/// <param name="Default">What it is where it is not given.</param>
/// <param name="Doc">What it means.</param>
public sealed record ModelParameter(string Name, ParameterValue Default, string Doc)
{
    /// <summary>The least number allowed.</summary>
    public double Min { get; init; } = double.NegativeInfinity;

    /// <summary>The greatest number allowed.</summary>
    public double Max { get; init; } = double.PositiveInfinity;

    /// <summary>Whether only whole numbers are allowed.</summary>
    public bool Whole { get; init; }

    /// <summary>The words allowed, for a parameter that is a word.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>The numbers allowed, for a parameter that is one of a few.</summary>
    public IReadOnlyList<double> Numbers { get; init; } = [];

    /// <summary>What is allowed, in words.</summary>
    public string Allowed => this switch
    {
        { Words.Count: > 0 } => $"one of {string.Join(", ", Words)}",
        { Numbers.Count: > 0 } => $"one of {string.Join(", ", Numbers)}",
        { Default.IsSwitch: true } => "true or false",
        _ => $"a {(Whole ? "whole number" : "number")} from {Min} to {Max}",
    };

    internal bool Allows(ParameterValue value) => this switch
    {
        { Words.Count: > 0 } => value.IsText && Words.Contains(value.AsText()),
        { Numbers.Count: > 0 } => value.IsNumber && Numbers.Contains(value.AsNumber()),
        { Default.IsSwitch: true } => value.IsSwitch,
        _ => value.IsNumber && value.AsNumber() >= Min && value.AsNumber() <= Max && (!Whole || value.AsNumber() == Math.Floor(value.AsNumber())),
    };
}

/// <summary>A model of the zoo, as <c>pipeline models list</c> shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Doc">What it is and where it comes from.</param>
/// <param name="Parameters">Its parameters.</param>
public sealed record ModelInfo(string Name, string Doc, IReadOnlyList<ModelParameter> Parameters)
{
    /// <summary>Whether the model's source counts running statistics among its parameters, as Keras and TensorFlow do.</summary>
    public bool CountsStatistics { get; init; }

    /// <summary>Bands of the features that its source takes, on which its costs are listed.</summary>
    public int Bands { get; init; } = 40;

    /// <summary>Frames of the features that its source takes.</summary>
    public int Frames { get; init; } = 101;

    /// <summary>The parameters of a graph of this model as its source counts them.</summary>
    public int Total(Graph.Graph graph) => graph.ParameterCount + (CountsStatistics ? graph.StatisticCount : 0);
}
