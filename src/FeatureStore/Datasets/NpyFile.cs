using System.Text;
using System.Text.Json.Serialization;
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

/// <summary>A NumPy array file of <see cref="NpyType"/> [rows, height, width] in C order (NEP 1), read row by row.</summary>
internal readonly record struct NpyFile(string Path, NpyType Type, long DataOffset, int Rows, int RowBytes)
{
    private const string Types = "uint8, int8, float16 or float32";

    private static readonly string[] NumPyNames = ["|u1", "|i1", "<f2", "<f4"];

    // NEP 1 allows 64 kB of header in version 1; a real one has 118 bytes.
    private const int MaxHeader = 4096;

    public static NpyFile OpenRows(string path, int height, int width)
    {
        if (!File.Exists(path))
        {
            throw new BadInputException($"{path}: there is no such file. Expected a NumPy array of {Types} [rows, {height}, {width}].");
        }

        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[10];
        if (file.ReadAtLeast(start, 10, throwOnEndOfStream: false) < 10 || start[0] != 0x93 || !start[1..8].SequenceEqual("NUMPY\u0001\0"u8))
        {
            throw new BadInputException($"{path}: not a NumPy array of format 1. Expected one of {Types} [rows, {height}, {width}].");
        }

        int length = start[8] | (start[9] << 8);
        var header = new byte[Math.Min(length, MaxHeader)];
        int read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        string text = Encoding.ASCII.GetString(header, 0, read);
        NpyType? type = Enum.GetValues<NpyType>().Cast<NpyType?>().FirstOrDefault(t => text.Contains($"'{NumPyNames[(int)t!]}'", StringComparison.Ordinal));
        long rowBytes = (long)height * width * (type is { } known ? BytesOf(known) : 1), data = 10 + length;
        long rows = (file.Length - data) / rowBytes;
        string shape = $"({rows}, {height}, {width})";
        return type is { } found && text.Contains("False", StringComparison.Ordinal) && text.Contains(shape, StringComparison.Ordinal)
            && file.Length == data + (rows * rowBytes)
            ? new(path, found, data, checked((int)rows), (int)rowBytes)
            : throw new BadInputException($"{path}: found an array of {text.Trim()} and {file.Length - data} bytes. Expected {Types} [rows, {height}, {width}] in C order.");
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
}
