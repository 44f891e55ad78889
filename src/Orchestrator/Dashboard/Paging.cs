namespace Pipeline.Orchestrator.Dashboard;

/// <summary>Long tables are shown in pages: only what is visible is drawn.</summary>
public static class Paging
{
    /// <summary>Rows of a page: what a person scrolls through, and a fragment of well below a megabyte.</summary>
    public const int Rows = 100;

    /// <summary>The rows of a page.</summary>
    public static IEnumerable<T> Of<T>(IEnumerable<T> all, int page) => all.Skip(page * Rows).Take(Rows);
}
