using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.Parquet;

namespace Pipeline.FeatureStore.Shards;

/// <summary>
/// Writes a feature set for programs of others: <c>features.npy</c> (NEP 1, format 1, [rows, shape…]), <c>index.tsv</c> (a line for each row) and
/// <c>set.json</c>, the set's manifest. Rows are those of the splits one after the other, in the order of the shards.
/// </summary>
public static class FeatureSetExport
{
    /// <summary>The array's file.</summary>
    public const string ArrayName = "features.npy";

    /// <summary>The file that says what each row is.</summary>
    public const string IndexName = "index.tsv";

    /// <summary>The set's manifest.</summary>
    public const string ManifestName = "set.json";

    private const string Header = "row\tsplit\tlabel\tclass\tword\tspeaker\tclip\tcopy\tlength";

    // NumPy maps arrays at multiples of this.
    private const int Alignment = 64;

    /// <summary>Writes the three files into a folder, which is made where it is not there; gives the rows written.</summary>
    /// <exception cref="BadInputException">One of the files is there already.</exception>
    /// <exception cref="CorruptDataException">A tensor is not what was built.</exception>
    public static async Task<int> WriteAsync(FeatureSet set, string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string[] names = [ArrayName, IndexName, ManifestName];
        if (names.FirstOrDefault(name => File.Exists(Path.Combine(folder, name))) is { } there)
        {
            throw new BadInputException($"{Path.Combine(folder, there)} is there already. Give another folder, or delete it.");
        }

        SetRow[] rows = [.. Enum.GetValues<Split>().SelectMany(split => set.RowsOf(split).ToArray())];
        await File.WriteAllLinesAsync(Path.Combine(folder, IndexName), rows.Select((row, number) => Line(set, row, number)).Prepend(Header), cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(folder, ManifestName), set.Manifest.ToBytes(), cancellationToken);

        // Row by row, a set that is far away would be read a request at a time.
        await set.Fetched.WaitAsync(cancellationToken);
        await Task.Run(() => WriteArray(Path.Combine(folder, ArrayName), set, rows, cancellationToken), cancellationToken);
        return rows.Length;
    }

    // Under another name until it is whole, so that nobody reads half an array.
    private static void WriteArray(string path, FeatureSet set, SetRow[] rows, CancellationToken cancellationToken)
    {
        string partial = path + ".partial";
        using (FileStream file = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            file.Write(NumPyHeader(set.Manifest, rows.Length));
            foreach (SetRow row in rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                file.Write(set.Tensor(row));
            }
        }

        File.Move(partial, path, overwrite: true);
    }

    private static byte[] NumPyHeader(FeatureSetManifest manifest, int rows)
    {
        string type = manifest.RowFormat.Type switch
        {
            ElementType.Int8 => "|i1",
            ElementType.Int16 => "<i2",
            ElementType.Float16 => "<f2",
            _ => "<f4",
        };
        string text = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({rows}, {string.Join(", ", manifest.Shape)}), }}";
        int length = (((10 + text.Length + 1) + Alignment - 1) / Alignment * Alignment) - 10;
        byte[] header = [0x93, .. "NUMPY"u8, 1, 0, 0, 0, .. Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n")];
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)length));
        return header;
    }

    private static string Line(FeatureSet set, SetRow row, int number)
    {
        ShardRow labels = set.LabelsOf(row);
        string[] cells =
        [
            number.ToString(CultureInfo.InvariantCulture),
            labels.Split,
            labels.Label.ToString(CultureInfo.InvariantCulture),
            labels.Label < 0 ? "" : set.Classes[labels.Label],
            labels.Word,
            labels.Speaker,
            labels.Clip,
            labels.Copy.ToString(CultureInfo.InvariantCulture),
            labels.Length.ToString(CultureInfo.InvariantCulture),
        ];
        return cells.FirstOrDefault(static cell => cell.AsSpan().IndexOfAny('\t', '\n', '\r') >= 0) is { } odd
            ? throw new BadInputException($"The clip '{odd}' has a tab or a line break in its name, which a TSV file cannot hold. Rename the recording and build the set again.")
            : string.Join('\t', cells);
    }
}
