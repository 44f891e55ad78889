namespace Pipeline.Registry.ModelVersions;

/// <summary>A version that an alias pointed to, and the fleets that got it by that.</summary>
/// <param name="Version">The version; null: none.</param>
/// <param name="Fleets">The fleets, in the order they got it.</param>
public sealed record PromotedVersion(long? Version, IReadOnlyList<string> Fleets);

/// <summary>Reads the promotion log: what an alias stands on. Going back takes the top away, so going back twice goes two versions back.</summary>
public static class PromotionLog
{
    private static readonly PromotedVersion Nothing = new(null, []);

    /// <summary>The version that an alias points to; null where it was never set, or was taken back to nothing.</summary>
    public static PromotedVersion? Top(IEnumerable<Promotion> log, string alias) => Stack(log, alias).LastOrDefault();

    /// <summary>The version below that one; one without a version where there is none below.</summary>
    public static PromotedVersion Previous(IEnumerable<Promotion> log, string alias) => Stack(log, alias) is [.., var previous, _] ? previous : Nothing;

    private static List<PromotedVersion> Stack(IEnumerable<Promotion> log, string alias)
    {
        List<PromotedVersion> stack = [];
        foreach (Promotion move in log.Where(m => m.Alias == alias))
        {
            if (move.Kind == PromotionKind.RolledBack)
            {
                while (stack.Count > 0 && stack[^1].Version != move.ToVersion)
                {
                    stack.RemoveAt(stack.Count - 1);
                }
            }
            else if (stack.Count == 0 || stack[^1].Version != move.ToVersion)
            {
                stack.Add(new PromotedVersion(move.ToVersion, []));
            }

            if (move.Fleet is { } fleet && stack.Count > 0 && !stack[^1].Fleets.Contains(fleet))
            {
                stack[^1] = stack[^1] with { Fleets = [.. stack[^1].Fleets, fleet] };
            }
        }

        return stack;
    }
}
