using System.Text;

namespace Pipeline.Orchestrator.Dashboard.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Label">Its short name, for the end of the line.</param>
/// <param name="Title">What a pointer over it says.</param>
/// <param name="Points">Its points, by step.</param>
/// <param name="Stressed">Whether it stands out.</param>
public sealed record Curve(string Label, string Title, IReadOnlyList<(double X, double Y)> Points, bool Stressed = false)
{
    /// <summary>More points than a chart has pixels are thinned to this many, the last one kept.</summary>
    public const int MaxPoints = 400;

    /// <summary>Its path in a drawing. Points that are not numbers leave a gap.</summary>
    public string Path(Scale x, Scale y)
    {
        StringBuilder path = new();
        bool gap = true;
        int every = (Points.Count + MaxPoints - 1) / MaxPoints;
        for (int i = 0; i < Points.Count; i++)
        {
            if (every > 1 && i % every != 0 && i != Points.Count - 1)
            {
                continue;
            }

            if (!double.IsFinite(Points[i].Y))
            {
                gap = true;
                continue;
            }

            path.Append(gap ? 'M' : 'L').Append(Show.At(x.Of(Points[i].X))).Append(' ').Append(Show.At(y.Of(Points[i].Y)));
            gap = false;
        }

        return path.ToString();
    }
}
