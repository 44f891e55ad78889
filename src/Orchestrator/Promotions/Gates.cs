using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Promotions;

/// <summary>A bound on what was measured on an artifact.</summary>
/// <param name="Name">What is bounded; see <see cref="Gates.Names"/>.</param>
/// <param name="Min">The least that passes; null: any.</param>
/// <param name="Max">The most that passes; null: any.</param>
public sealed record Gate(string Name, double? Min, double? Max);

/// <summary>Holds artifacts against gates.</summary>
public static class Gates
{
    /// <summary>An int8 accuracy of 0.89 after 0.90 is a drop of 0.01, though the doubles differ in their last bit.</summary>
    private const double Rounding = 1e-9;

    private static readonly Dictionary<string, Func<ArtifactReport, double>> Measures = new(StringComparer.Ordinal)
    {
        ["accuracyInt8"] = static r => r.AccuracyInt8,
        ["int8Drop"] = static r => r.AccuracyFloat - r.AccuracyInt8,
        ["flashBytes"] = static r => r.FlashBytes,
        ["ramBytes"] = static r => r.RamBytes,
        ["mismatches"] = static r => r.Mismatches,
        ["instructionsPerInference"] = static r => r.InstructionsPerInference,
    };

    /// <summary>What can be bounded.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Measures.Keys];

    /// <summary>The gate that always stands: the board computes what the integer model computes.</summary>
    private static Gate NoMismatches { get; } = new("mismatches", null, 0);

    /// <summary>What does not hold, each with what was measured and what was asked; empty where all holds.</summary>
    public static IReadOnlyList<string> Failures(IEnumerable<Gate> gates, IEnumerable<ArtifactReport> artifacts) =>
        [.. from artifact in artifacts
            from gate in gates.Prepend(NoMismatches).Distinct()
            let measured = Measures[gate.Name](artifact)
            let asked = Asked(gate, measured)
            where asked is not null
            select $"{gate.Name} on {artifact.Target} is {Text(measured)}, asked for {asked}"];

    private static string? Asked(Gate gate, double measured) =>
        gate.Min is { } min && measured < min - Rounding ? $"at least {Text(min)}"
        : gate.Max is { } max && measured > max + Rounding ? $"at most {Text(max)}"
        : null;

    private static string Text(double value) => value.ToString(value == Math.Floor(value) ? "F0" : "F4", CultureInfo.InvariantCulture);
}
