using System.Globalization;
using System.Text;
using Pipeline.Contracts;

namespace Pipeline.Registry.Search;

/// <summary>The kinds of tokens of a filter.</summary>
internal enum FilterTokenKind
{
    /// <summary>A bare word: a key, a part of one, or a keyword.</summary>
    Word,

    /// <summary>A text between backticks, which can only be a key.</summary>
    Backticked,

    /// <summary>A text between double quotes: a key or a value.</summary>
    DoubleQuoted,

    /// <summary>A text between single quotes, which can only be a value.</summary>
    SingleQuoted,

    /// <summary>A number.</summary>
    Number,

    /// <summary>One of <c>= != &lt; &lt;= &gt; &gt;=</c>.</summary>
    Operator,

    /// <summary>One of <c>. ( ) ,</c>.</summary>
    Punctuation,

    /// <summary>The end of the text.</summary>
    End,
}

/// <summary>A token and where it begins, from 0.</summary>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Position)
{
    public bool Is(string text) => Kind is FilterTokenKind.Word or FilterTokenKind.Operator or FilterTokenKind.Punctuation
        && Text.Equals(text, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Cuts a search filter or an order_by clause into tokens.</summary>
internal static class FilterTokenizer
{
    /// <summary>Longest filter; the parser's work and the SQL it makes grow with it.</summary>
    public const int MaxLength = 16_384;

    /// <exception cref="BadInputException">The text is too long, has a character that no token begins with, or a quote without its end.</exception>
    public static List<FilterToken> Read(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new BadInputException($"Invalid filter: it has {text.Length} characters; at most {MaxLength} are taken.");
        }

        List<FilterToken> tokens = [];
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            FilterToken token = text[at] switch
            {
                '\'' => Quoted(text, at, FilterTokenKind.SingleQuoted, out at),
                '"' => Quoted(text, at, FilterTokenKind.DoubleQuoted, out at),
                '`' => Quoted(text, at, FilterTokenKind.Backticked, out at),
                '.' or '(' or ')' or ',' => new(FilterTokenKind.Punctuation, text[at].ToString(), at++),
                '=' or '!' or '<' or '>' => Operator(text, at, out at),
                char c when IsWord(c) => Word(text, at, out at),
                char c => throw new BadInputException($"Invalid filter '{text}': the character '{c}' at position {at} is not expected there."),
            };
            tokens.Add(token);
        }

        tokens.Add(new(FilterTokenKind.End, "", text.Length));
        return tokens;
    }

    private static FilterToken Quoted(string text, int start, FilterTokenKind kind, out int next)
    {
        StringBuilder value = new();
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] != text[start])
            {
                value.Append(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == text[start])
            {
                // A quote written twice is the quote itself, as in SQL.
                value.Append(text[i++]);
            }
            else
            {
                next = i + 1;
                return new(kind, value.ToString(), start);
            }
        }

        throw new BadInputException($"Invalid filter '{text}': the quote at position {start} has no end.");
    }

    private static FilterToken Operator(string text, int start, out int next)
    {
        bool two = start + 1 < text.Length && text[start + 1] == '=' && text[start] != '=';
        next = start + (two ? 2 : 1);
        string found = text[start..next];
        return found == "!"
            ? throw new BadInputException($"Invalid filter '{text}': found '!' at position {start} where '!=' was expected.")
            : new(FilterTokenKind.Operator, found, start);
    }

    private static FilterToken Word(string text, int start, out int next)
    {
        next = start;
        while (next < text.Length && (IsWord(text[next]) || (text[next] == '.' && IsNumberSoFar(text, start, next))))
        {
            next++;
        }

        string word = text[start..next];
        bool number = double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && !char.IsLetter(word[^1]);
        return new(number ? FilterTokenKind.Number : FilterTokenKind.Word, word, start);
    }

    // Slashes and dashes belong to metric names such as val/accuracy, which people do not quote.
    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c is '_' or '/' or '-' or '+' or ':';

    private static bool IsNumberSoFar(string text, int start, int end) =>
        text.AsSpan(start, end - start).TrimStart("+-") is { IsEmpty: false } digits && !digits.ContainsAnyExceptInRange('0', '9');
}
