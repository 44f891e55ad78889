using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Cli.Output;

/// <summary>What was measured on a stream, as text.</summary>
internal static class StreamText
{
    /// <summary>Thresholds in the table; the JSON document has all.</summary>
    private static readonly double[] Shown = [0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];

    public static void Write(TextWriter writer, StreamReport report)
    {
        writer.WriteLine($"{Format.Clock(report.Seconds)} of {report.Source}");
        writer.WriteLine($"{Format.Count(report.Keywords)} keywords, {Format.Count(report.Windows)} windows; averaged over {report.Settings.SmoothingMs} ms, {report.Settings.RefractoryMs} ms of rest");
        writer.WriteLine();
        TextTable table = new("threshold", "misses", "miss rate", "false alarms", "an hour");
        foreach (DetPoint point in report.Curve.Where(p => Shown.Contains(p.Threshold) && p.Threshold != report.AtThreshold.Threshold).Append(report.AtThreshold).OrderBy(static p => p.Threshold))
        {
            table.Add(
                (point == report.AtThreshold ? "* " : "") + point.Threshold.ToString(CultureInfo.InvariantCulture),
                Format.Count(point.Misses),
                Format.Percent(point.MissRate),
                Format.Count(point.FalseAlarms),
                point.FalseAlarmsPerHour.ToString("F1", CultureInfo.InvariantCulture));
        }

        table.Write(writer);
    }
}

/// <summary>Prints how much of a stream was listened to.</summary>
internal sealed class StreamNotes(Printer printer) : IProgress<double>
{
    private int _tenths;

    public void Report(double value)
    {
        if ((int)(value * 10) > _tenths)
        {
            _tenths = (int)(value * 10);
            printer.Note($"{10 * _tenths} % of the stream heard");
        }
    }
}
