using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Contracts;

namespace Pipeline.Fuzz.Tests;

/// <summary>Damages files. What comes out is a pure function of the bytes and the random source.</summary>
internal static class Mutator
{
    private const int MostDamages = 4;
    private const int MostRepeats = 4096;

    // Headers and footers decide how the rest is read, so half of the damage is done to them.
    private const int EdgeBytes = 256;

    private static readonly ulong[] ExtremeFields =
        [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, ulong.MaxValue];

    private static readonly string[] ExtremeNumbers =
        ["0", "-1", "2147483647", "2147483648", "-2147483649", "99999999999999999999", "1e308", "-1e999", "NaN", "Infinity", "0.0000001", "", " ", "\"", "null"];

    /// <summary>A damaged copy of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="other">Another file of its kind, from which pieces are taken.</param>
    /// <param name="isText">Whether numbers are written in digits.</param>
    /// <param name="random">Decides the damage.</param>
    public static byte[] Damage(byte[] file, byte[] other, bool isText, StableRandom random)
    {
        for (int left = 1 + random.NextInt(MostDamages); left > 0; left--)
        {
            file = Once(file, other, isText, random);
        }

        return file;
    }

    private static byte[] Once(byte[] file, byte[] other, bool isText, StableRandom random)
    {
        int at = Place(file.Length, random);
        int end = at + random.NextInt(Math.Min(1024, file.Length - at) + 1);
        return random.NextInt(isText ? 11 : 10) switch
        {
            0 or 1 => Flipped(file, random),
            2 => file[..at],
            3 => [.. file, .. Noise(random)],
            4 => [.. file[..at], .. Piece(other, random), .. file[at..]],
            5 => [.. file[..end], .. file[at..end], .. file[end..]],
            6 => [.. file[..at], .. file[end..]],
            7 => Extreme(file, at, random),
            8 => Repeated(file, at, random),
            9 => [.. file[..at], .. Noise(random), .. file[end..]],
            _ => ExtremeText(file, random),
        };
    }

    private static int Place(int length, StableRandom random) => random.NextInt(4) switch
    {
        0 => random.NextInt(Math.Min(length, EdgeBytes) + 1),
        1 => length - random.NextInt(Math.Min(length, EdgeBytes) + 1),
        _ => random.NextInt(length + 1),
    };

    private static byte[] Flipped(byte[] file, StableRandom random)
    {
        byte[] copy = [.. file];
        for (int bits = 1 + random.NextInt(8); bits > 0 && copy.Length > 0; bits--)
        {
            copy[Math.Min(copy.Length - 1, Place(copy.Length, random))] ^= (byte)(1 << random.NextInt(8));
        }

        return copy;
    }

    private static byte[] Noise(StableRandom random) => [.. Enumerable.Range(0, 1 + random.NextInt(64)).Select(_ => (byte)random.NextInt(256))];

    private static byte[] Piece(byte[] other, StableRandom random)
    {
        int from = Place(other.Length, random);
        return other[from..(from + random.NextInt(Math.Min(4096, other.Length - from) + 1))];
    }

    private static byte[] Extreme(byte[] file, int at, StableRandom random)
    {
        byte[] copy = [.. file];
        Span<byte> field = stackalloc byte[8];
        ulong value = ExtremeFields[random.NextInt(ExtremeFields.Length)];
        int bytes = 1 << random.NextInt(4);
        if (random.NextInt(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(field, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(field, value << (64 - (8 * bytes)));
        }

        field[..Math.Min(bytes, copy.Length - at)].CopyTo(copy.AsSpan(at));
        return copy;
    }

    // Deep nesting, endless lines and cells.
    private static byte[] Repeated(byte[] file, int at, StableRandom random)
    {
        byte[] piece = file[at..Math.Min(file.Length, at + 1 + random.NextInt(8))];
        return [.. file[..at], .. Enumerable.Repeat(piece, 1 + random.NextInt(MostRepeats)).SelectMany(static p => p), .. file[at..]];
    }

    private static byte[] ExtremeText(byte[] file, StableRandom random)
    {
        string text = Encoding.Latin1.GetString(file);
        MatchCollection numbers = Regex.Matches(text, @"-?[0-9][0-9.e+-]*", RegexOptions.None, TimeSpan.FromSeconds(1));
        if (numbers.Count == 0)
        {
            return file;
        }

        Match number = numbers[random.NextInt(numbers.Count)];
        string extreme = ExtremeNumbers[random.NextInt(ExtremeNumbers.Length)];
        return Encoding.Latin1.GetBytes(text[..number.Index] + extreme + text[(number.Index + number.Length)..]);
    }
}
