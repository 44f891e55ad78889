using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>How a keyword spotter listens to a stream.</summary>
public sealed record StreamSettings
{
    /// <summary>Milliseconds from one window to the next.</summary>
    public int HopMs { get; init; } = 100;

    /// <summary>Milliseconds over which probabilities are averaged, backwards from each window.</summary>
    public int SmoothingMs { get; init; } = 500;

    /// <summary>The averaged probability from which a keyword counts as heard, 0 to 1.</summary>
    public double Threshold { get; init; } = 0.8;

    /// <summary>Milliseconds after a keyword was heard in which none is heard.</summary>
    public int RefractoryMs { get; init; } = 1000;

    /// <summary>Milliseconds after the end of a spoken keyword up to which it may be heard: a window's length.</summary>
    public int ToleranceMs { get; init; } = 1000;
}

/// <summary>A keyword that is spoken in a stream.</summary>
/// <param name="Class">The index of its class.</param>
/// <param name="Start">Seconds into the stream at which it begins.</param>
/// <param name="End">Seconds at which it ends.</param>
public sealed record SpokenKeyword(int Class, double Start, double End);

/// <summary>A keyword that was heard in a stream.</summary>
/// <param name="Class">The index of its class.</param>
/// <param name="Time">Seconds into the stream: the end of the window with which it was heard.</param>
/// <param name="Score">The averaged probability, 0 to 1.</param>
public sealed record HeardKeyword(int Class, double Time, double Score);

/// <summary>What a threshold comes to on a stream: a point of the detection error trade-off.</summary>
/// <param name="Threshold">The threshold, 0 to 1.</param>
/// <param name="Misses">Spoken keywords that were not heard.</param>
/// <param name="FalseAlarms">Keywords heard that were not spoken there.</param>
/// <param name="MissRate">The share of spoken keywords that were not heard, 0 to 1.</param>
/// <param name="FalseAlarmsPerHour">False alarms over the hours of the whole stream.</param>
public sealed record DetPoint(double Threshold, int Misses, int FalseAlarms, double MissRate, double FalseAlarmsPerHour);

/// <summary>What a keyword spotter was measured to do on a stream.</summary>
/// <param name="Seconds">The stream's length.</param>
/// <param name="Keywords">Keywords spoken in it.</param>
/// <param name="Windows">Windows listened to.</param>
/// <param name="Settings">How it listened.</param>
/// <param name="AtThreshold">What the threshold of the settings comes to.</param>
/// <param name="Curve">What other thresholds come to, ascending by threshold.</param>
/// <param name="Source">What the stream is.</param>
public sealed record StreamReport(
    double Seconds, int Keywords, int Windows, StreamSettings Settings, DetPoint AtThreshold, IReadOnlyList<DetPoint> Curve, string Source);

/// <summary>The JSON of a stream's report.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StreamReport))]
public sealed partial class StreamJson : JsonSerializerContext;
