namespace Pipeline.Orchestrator.Dashboard.Charts;

/// <summary>What stands at the end of lines: their names, where lines end so close together that one would cover the other.</summary>
/// <param name="X">The coordinate of the lines' end.</param>
/// <param name="Y">The coordinate of the lines' end.</param>
/// <param name="Text">The names.</param>
public sealed record EndLabel(double X, double Y, string Text)
{
    /// <summary>Curves of which each has a name at its end; of more, only those that stand out.</summary>
    private const int MaxNamed = 12;

    /// <summary>The height of a line of text.</summary>
    private const double LineHeight = 13;

    /// <summary>Ends within a few pixels of each other are under one another.</summary>
    private const double SameEnd = 12;

    /// <summary>The labels of curves.</summary>
    public static IReadOnlyList<EndLabel> Of(IReadOnlyList<Curve> curves, Scale x, Scale y)
    {
        List<EndLabel> labels = [];
        IEnumerable<EndLabel> ends = curves
            .Where(c => (curves.Count <= MaxNamed || c.Stressed) && c.Points.Count > 0 && double.IsFinite(c.Points[^1].Y))
            .Select(c => new EndLabel(x.Of(c.Points[^1].X), y.Of(c.Points[^1].Y), c.Label))
            .OrderBy(static l => l.X).ThenBy(static l => l.Y);
        foreach (EndLabel end in ends)
        {
            int near = labels.FindIndex(l => Math.Abs(l.X - end.X) < SameEnd && Math.Abs(l.Y - end.Y) < LineHeight);
            if (near < 0)
            {
                labels.Add(end);
            }
            else
            {
                labels[near] = labels[near] with { Text = $"{labels[near].Text}, {end.Text}" };
            }
        }

        return labels;
    }
}
