namespace Pipeline.Contracts;

/// <summary>Helps with names that are not known: the nearest known one, and the list.</summary>
public static class NearestName
{
    /// <summary>For example: <c>Did you mean 'tau'? Known: classes, dropout, tau.</c></summary>
    public static string Suggest(string name, IReadOnlyCollection<string> known)
    {
        string list = $"Known: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";
        return Find(name, known) is { } nearest ? $"Did you mean '{nearest}'? {list}" : list;
    }

    /// <summary>The known name with the fewest edits (Levenshtein 1966), where these are few enough for a slip; ties go to the first in ordinal order.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        (string? best, int edits) = (null, Math.Max(2, name.Length / 3) + 1);
        foreach (string candidate in known.Order(StringComparer.Ordinal))
        {
            int distance = Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant());
            if (distance < edits)
            {
                (best, edits) = (candidate, distance);
            }
        }

        return best;
    }

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
