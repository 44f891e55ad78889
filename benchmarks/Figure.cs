namespace Pipeline.Bench;

/// <summary>One measurement beside its rival's. Larger is better, also for the ratio.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Of both figures.</param>
/// <param name="Ours">What this project reached.</param>
/// <param name="Rival">What the rival reached in the same run; null where it is not installed.</param>
/// <param name="RivalName">Who the rival is.</param>
/// <param name="Target">The ratio aimed for, or where <paramref name="TargetIsRatio"/> is false the figure.</param>
/// <param name="TargetIsRatio">What the target is held against.</param>
/// <param name="Cores">Threads that ours kept busy.</param>
internal sealed record Figure(string Name, string Unit, double Ours, double? Rival, string RivalName, double? Target, bool TargetIsRatio = true, int Cores = 1)
{
    /// <summary>Ours over the rival's.</summary>
    public double? Ratio => Ours / Rival;

    /// <summary>Whether the target was met; null where there is none, or no rival to hold it against.</summary>
    public bool? Met => TargetIsRatio ? Ratio >= Target is var met && Ratio is not null && Target is not null ? met : null : Target is null ? null : Ours >= Target;
}
