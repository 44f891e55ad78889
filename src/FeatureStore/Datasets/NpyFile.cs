using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>The numbers of imported arrays.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NpyType>))]
public enum NpyType
{
    /// <summary>0 to 255.</summary>
    Uint8,

    /// <summary>-128 to 127.</summary>
    Int8,

    /// <summary>Half precision.</summary>
    Float16,

    /// <summary>Single precision.</summary>
    Float32,
}

/// <summary>A NumPy array file of <see cref="NpyType"/> [rows, frames, bands] in C order (NEP 1), read row by row.</summary>
internal readonly partial record struct NpyFile(string Path, NpyType Type, long DataOffset, int Rows, int Frames, int Bands)
{
    private const string Wanted = "uint8, int8, float16 or float32 [rows, frames, bands]";

    /// <summary>Values of a row, at most: some hundred seconds of any front end.</summary>
    private const int MaxValues = 1 << 20;

    private static readonly string[] NumPyNames = ["|u1", "|i1", "<f2", "<f4"];

    // NEP 1 allows 64 kB of header in version 1; a real one has 118 bytes.
    private const int MaxHeader = 4096;

    /// <summary>Bytes of a row.</summary>
    public int RowBytes => Frames * Bands * BytesOf(Type);

    /// <summary>Reads the header.</summary>
    /// <exception cref="BadInputException">It is no such array, or a torn one.</exception>
    public static NpyFile OpenRows(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInputException($"{path}: there is no such file. Expected a NumPy array of {Wanted}.");
        }

        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[10];
        if (file.ReadAtLeast(start, 10, throwOnEndOfStream: false) < 10 || start[0] != 0x93 || !start[1..8].SequenceEqual("NUMPY\u0001\0"u8))
        {
            throw new BadInputException($"{path}: not a NumPy array of format 1. Expected one of {Wanted}.");
        }

        int length = start[8] | (start[9] << 8);
        var header = new byte[Math.Min(length, MaxHeader)];
        int read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        string text = Encoding.ASCII.GetString(header, 0, read);
        NpyType? type = Enum.GetValues<NpyType>().Cast<NpyType?>().FirstOrDefault(t => text.Contains($"'{NumPyNames[(int)t!]}'", StringComparison.Ordinal));
        int[] shape = [.. Shape().Match(text).Groups.Values.Skip(1).Select(static g => int.TryParse(g.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0)];
        return type is { } found && text.Contains("False", StringComparison.Ordinal)
            && shape is [var rows, > 0 and <= MaxValues and var frames, > 0 and <= MaxValues and var bands] && (long)frames * bands <= MaxValues
            && file.Length == 10 + length + ((long)rows * frames * bands * BytesOf(found))
            ? new(path, found, 10 + length, rows, frames, bands)
            : throw new BadInputException($"{path}: found an array of {text.Trim()} and {file.Length - 10 - length} bytes. Expected {Wanted} in C order, of at most {MaxValues} values a row.");
    }

    /// <summary>Bytes of a value.</summary>
    public static int BytesOf(NpyType type) => type switch
    {
        NpyType.Float32 => 4,
        NpyType.Float16 => 2,
        _ => 1,
    };

    /// <summary>Reads one row.</summary>
    public byte[] ReadRow(SafeFileHandle file, int row)
    {
        var bytes = new byte[RowBytes];
        int read = RandomAccess.Read(file, bytes, DataOffset + ((long)row * RowBytes));
        return read == RowBytes ? bytes : throw new BadInputException($"{Path}: row {row} ends early. The file is torn; get it again.");
    }

    [GeneratedRegex(@"\(\s*([0-9]{1,10}),\s*([0-9]{1,10}),\s*([0-9]{1,10})\s*\)")]
    private static partial Regex Shape();
}
