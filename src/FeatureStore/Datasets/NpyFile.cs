using System.Text;
using Microsoft.Win32.SafeHandles;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>A NumPy array file of uint8 [rows, height, width] in C order (NEP 1), read row by row.</summary>
internal readonly record struct NpyFile(string Path, long DataOffset, int Rows, int RowBytes)
{
    // NEP 1 allows 64 kB of header in version 1; a real one has 118 bytes.
    private const int MaxHeader = 4096;

    public static NpyFile OpenRows(string path, int height, int width)
    {
        if (!File.Exists(path))
        {
            throw new BadInputException($"{path}: there is no such file. Expected a NumPy array of uint8 [rows, {height}, {width}].");
        }

        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[10];
        if (file.ReadAtLeast(start, 10, throwOnEndOfStream: false) < 10 || start[0] != 0x93 || !start[1..8].SequenceEqual("NUMPY\u0001\0"u8))
        {
            throw new BadInputException($"{path}: not a NumPy array of format 1. Expected one of uint8 [rows, {height}, {width}].");
        }

        int length = start[8] | (start[9] << 8);
        var header = new byte[Math.Min(length, MaxHeader)];
        int read = file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        string text = Encoding.ASCII.GetString(header, 0, read);
        long rowBytes = (long)height * width, data = 10 + length;
        long rows = (file.Length - data) / rowBytes;
        string shape = $"({rows}, {height}, {width})";
        return text.Contains("'|u1'", StringComparison.Ordinal) && text.Contains("False", StringComparison.Ordinal) && text.Contains(shape, StringComparison.Ordinal)
            && file.Length == data + (rows * rowBytes)
            ? new(path, data, checked((int)rows), (int)rowBytes)
            : throw new BadInputException($"{path}: found an array of {text.Trim()} and {file.Length - data} bytes. Expected uint8 [rows, {height}, {width}] in C order.");
    }

    /// <summary>Reads one row.</summary>
    public byte[] ReadRow(SafeFileHandle file, int row)
    {
        var bytes = new byte[RowBytes];
        int read = RandomAccess.Read(file, bytes, DataOffset + ((long)row * RowBytes));
        return read == RowBytes ? bytes : throw new BadInputException($"{Path}: row {row} ends early. The file is torn; get it again.");
    }
}
