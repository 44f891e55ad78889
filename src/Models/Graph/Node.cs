namespace Pipeline.Models.Graph;

/// <summary>One step of a graph.</summary>
/// <param name="Name">Unique in the graph; also the name of its output value.</param>
/// <param name="Operator">What it computes.</param>
/// <param name="Inputs">Names of values (the graph's input or earlier nodes), then of initialisers, in the operator's order.</param>
/// <param name="Shape">Shape of the output for a batch of one.</param>
public sealed record Node(string Name, Operator Operator, IReadOnlyList<string> Inputs, TensorShape Shape)
{
    /// <summary>The name of the value it makes.</summary>
    public string Output => Name;
}
