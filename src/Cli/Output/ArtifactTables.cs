using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Cli.Output;

/// <summary>Artifacts as text.</summary>
internal static class ArtifactTables
{
    /// <summary>A row for each artifact: what was measured on it.</summary>
    public static void Write(TextWriter writer, IEnumerable<ArtifactReport> artifacts)
    {
        TextTable table = new("target", "float", "int8", "flash", "RAM", "instructions", "mismatches", "clips");
        foreach (ArtifactReport a in artifacts)
        {
            table.Add(
                a.Target,
                Format.Percent(a.AccuracyFloat),
                Format.Percent(a.AccuracyInt8),
                Format.Bytes(a.FlashBytes),
                Format.Bytes(a.RamBytes),
                Format.Count(a.InstructionsPerInference),
                a.Mismatches.ToString(CultureInfo.InvariantCulture),
                Format.Count(a.Clips));
        }

        table.Write(writer);
    }
}
