using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Promotions;

/// <summary>Holds the licences of what a model was trained on against a promotion: a non-commercial one stops it unless it is allowed by name.</summary>
public static class LicenceCheck
{
    /// <summary>The data sets whose licence stops a promotion.</summary>
    public static IReadOnlyList<string> Stopping(IEnumerable<DataLicence> licences) => [.. licences.Where(static l => l.NonCommercial).Select(static l => l.Data).Distinct()];

    /// <summary>Why a promotion is refused, ending in a full stop; null where it is not.</summary>
    public static string? Refusal(IReadOnlyList<DataLicence> licences, IReadOnlyList<string> allowed)
    {
        if (allowed.FirstOrDefault(name => licences.All(l => l.Data != name)) is { } unknown)
        {
            return licences.Count == 0
                ? $"a licence is allowed for '{unknown}', but it is not known what the model was trained on."
                : $"a licence is allowed for '{unknown}', which the model was not trained on. {NearestName.Suggest(unknown, [.. licences.Select(static l => l.Data)])}";
        }

        DataLicence[] stopping = [.. licences.Where(l => l.NonCommercial && !allowed.Contains(l.Data))];
        return stopping.Length == 0 ? null : $"it was trained on {string.Join("; ", stopping.Select(static l => l.ToString()))}, which is not for commercial use.";
    }

    /// <summary>The reason of a promotion with what was allowed, for the log.</summary>
    public static string Reason(string reason, IReadOnlyList<DataLicence> licences, IReadOnlyList<string> allowed) =>
        licences.Where(l => l.NonCommercial && allowed.Contains(l.Data)).ToArray() is { Length: > 0 } waived
            ? $"{reason} [licence allowed: {string.Join("; ", waived.Select(static l => l.ToString()))}]"
            : reason;
}
