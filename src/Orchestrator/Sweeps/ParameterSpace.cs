using System.Globalization;
using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>A parameter of a sweep: its key (<c>model.tau</c>, <c>train.learningRate</c>, <c>augment.shiftMs</c>) and the values it may have.</summary>
public sealed record SweptParameter(string Key, ParameterSpace Space);

/// <summary>The values that a parameter may have.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(FixedValue), "fixed")]
[JsonDerivedType(typeof(Choice), "choice")]
[JsonDerivedType(typeof(Uniform), "uniform")]
[JsonDerivedType(typeof(LogUniform), "logUniform")]
[JsonDerivedType(typeof(IntUniform), "intUniform")]
public abstract record ParameterSpace
{
    private protected ParameterSpace()
    {
    }

    /// <summary>Draws a value.</summary>
    internal abstract ParameterValue Draw(StableRandom random);

    /// <summary>
    /// Six significant digits: as much as a person reads, and more than the last bits in which the logarithms of two machines differ, so that a
    /// sweep draws the same numbers everywhere.
    /// </summary>
    private protected static double Rounded(double value) =>
        double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

/// <summary>One value.</summary>
public sealed record FixedValue(ParameterValue Value) : ParameterSpace
{
    internal override ParameterValue Draw(StableRandom random) => Value;
}

/// <summary>One of several values, each equally likely.</summary>
public sealed record Choice(IReadOnlyList<ParameterValue> Values) : ParameterSpace
{
    internal override ParameterValue Draw(StableRandom random) => Values[random.NextInt(Values.Count)];
}

/// <summary>A number between two bounds.</summary>
public sealed record Uniform(double Low, double High) : ParameterSpace
{
    internal override ParameterValue Draw(StableRandom random) => Math.Clamp(Rounded(random.NextDouble(Low, High)), Low, High);
}

/// <summary>A number between two positive bounds whose logarithm is uniform.</summary>
public sealed record LogUniform(double Low, double High) : ParameterSpace
{
    internal override ParameterValue Draw(StableRandom random) =>
        Math.Clamp(Rounded(Math.Exp(random.NextDouble(Math.Log(Low), Math.Log(High)))), Low, High);
}

/// <summary>A whole number between two bounds, both included.</summary>
public sealed record IntUniform(int Low, int High) : ParameterSpace
{
    internal override ParameterValue Draw(StableRandom random) => (double)(Low + random.NextInt(checked(High - Low + 1)));
}
