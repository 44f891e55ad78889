using System.Globalization;
using System.Numerics;
using System.Text;

namespace Pipeline.Edge.CodeGen;

/// <summary>Builds C text: the same text for the same values on every machine.</summary>
internal sealed class CText
{
    private const int LineLength = 120;

    private readonly StringBuilder _text = new();

    /// <summary>Adds a line.</summary>
    public void Line(string line = "") => _text.Append(line).Append('\n');

    /// <summary>Adds a constant array of whole numbers.</summary>
    public void Array<T>(string type, string name, IReadOnlyList<T> values)
        where T : IBinaryInteger<T> => Array(type, name, values, static v => v.ToString(null, CultureInfo.InvariantCulture));

    /// <summary>Adds a constant array of floats, written in hexadecimal so that no bit is lost.</summary>
    public void Array(string name, IReadOnlyList<float> values) => Array("float", name, values, HexFloat);

    /// <summary>A float in C's hexadecimal form, for example <c>0x1.8p+1f</c>.</summary>
    public static string HexFloat(float value)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        int exponent = (bits >> 23) & 0xFF;
        int fraction = (bits & 0x7FFFFF) << 1;
        string sign = bits < 0 ? "-" : "";
        if (exponent == 0xFF)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "Expected a finite number.");
        }

        // A subnormal has no leading one and the least exponent.
        return exponent == 0
            ? $"{sign}0x0.{fraction:x6}p-126f"
            : string.Create(CultureInfo.InvariantCulture, $"{sign}0x1.{fraction:x6}p{exponent - 127:+0;-0}f");
    }

    /// <summary>A C string literal; what is no plain letter, digit or mark becomes an octal escape.</summary>
    public static string Literal(string text) =>
        '"' + string.Concat(Encoding.UTF8.GetBytes(text).Select(b => b is >= 32 and < 127 and not ((byte)'"' or (byte)'\\' or (byte)'?')
            ? ((char)b).ToString()
            : "\\" + Convert.ToString(b, 8).PadLeft(3, '0'))) + '"';

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    private void Array<T>(string type, string name, IReadOnlyList<T> values, Func<T, string> format)
    {
        Line(string.Create(CultureInfo.InvariantCulture, $"static const {type} {name}[{values.Count}] = {{"));
        var line = new StringBuilder("   ");
        foreach (T value in values)
        {
            string item = $" {format(value)},";
            if (line.Length + item.Length > LineLength)
            {
                Line(line.ToString());
                line.Clear().Append("   ");
            }

            line.Append(item);
        }

        Line(line.ToString());
        Line("};");
    }
}
