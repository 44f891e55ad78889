using System.Globalization;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>How the page writes values; a dash stands for what is not there.</summary>
public static class Show
{
    /// <summary>Stands for what is not there.</summary>
    public const string Nothing = "–";

    /// <summary>Four significant digits of small numbers, none after the point of great ones.</summary>
    public static string Number(double? value) => value switch
    {
        null => Nothing,
        { } v when double.IsNaN(v) => "NaN",
        { } v when v == Math.Floor(v) && Math.Abs(v) < 1e15 => v.ToString("#,0", CultureInfo.InvariantCulture),
        { } v when Math.Abs(v) >= 1000 => v.ToString("#,0", CultureInfo.InvariantCulture),
        { } v => v.ToString("G4", CultureInfo.InvariantCulture),
    };

    /// <summary>A measured share or loss, four digits after the point, so that columns line up; what that would hide, or blow up, with its exponent.</summary>
    public static string Metric(double? value) => value switch
    {
        null => Nothing,
        { } v when v == 0 || (Math.Abs(v) >= 1e-3 && Math.Abs(v) < 1e5) => v.ToString("F4", CultureInfo.InvariantCulture),
        { } v => v.ToString("0.##e+0", CultureInfo.InvariantCulture),
    };

    /// <summary>A share as per cent.</summary>
    public static string Percent(double? share) => share is { } s ? (100 * s).ToString("F1", CultureInfo.InvariantCulture) + " %" : Nothing;

    /// <summary>Bytes in kB or MB, as the command line prints them.</summary>
    public static string Bytes(long bytes) => bytes < 1_000_000
        ? (bytes / 1e3).ToString("F1", CultureInfo.InvariantCulture) + " kB"
        : (bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture) + " MB";

    /// <summary>A moment, in UTC.</summary>
    public static string Time(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? Nothing;

    /// <summary>How long something takes.</summary>
    public static string Seconds(double? seconds) => seconds switch
    {
        null => Nothing,
        < 60 => seconds.Value.ToString("F0", CultureInfo.InvariantCulture) + " s",
        < 3600 => TimeSpan.FromSeconds(seconds.Value).ToString(@"m\ \m\i\n\ ss\ \s", CultureInfo.InvariantCulture),
        < 100 * 3600 => TimeSpan.FromSeconds(seconds.Value).ToString(@"d\ \d\ h\ \h\ mm\ \m\i\n", CultureInfo.InvariantCulture).Replace("0 d ", "", StringComparison.Ordinal),
        _ => (seconds.Value / 86400).ToString("F1", CultureInfo.InvariantCulture) + " days",
    };

    /// <summary>A coordinate of a drawing.</summary>
    public static string At(double coordinate) => Math.Round(coordinate, 1).ToString(CultureInfo.InvariantCulture);
}
