using System.Globalization;
using Pipeline.Contracts;

namespace Pipeline.Registry.Search;

/// <summary>What a clause speaks of: <c>metrics.k</c> has the prefix <c>metrics</c>; a bare key has none.</summary>
internal sealed record SearchKey(string? Prefix, string Key)
{
    public override string ToString() => Prefix is null ? Key : $"{Prefix}.{Key}";
}

/// <summary>One clause of a filter. A value is a double or a string; <c>IN</c> and <c>NOT IN</c> have a list, the others one value.</summary>
internal sealed record Comparison(SearchKey Key, string Operator, IReadOnlyList<object> Values);

/// <summary>One key of an order.</summary>
internal sealed record Ordering(SearchKey Key, bool Descending);

/// <summary>
/// Reads MLflow's search grammar: <c>key op value</c> joined by AND; keys <c>metrics.k</c>, <c>params."k"</c>, <c>tags.`k`</c>, attributes bare or
/// prefixed; operators <c>= != &lt; &lt;= &gt; &gt;= LIKE ILIKE IN NOT IN</c>.
/// </summary>
internal sealed class FilterParser
{
    /// <summary>Most clauses of a filter, and values of an IN: each becomes a subquery or a parameter of the SQL.</summary>
    private const int MaxClauses = 200;

    private readonly string _text;
    private readonly List<FilterToken> _tokens;
    private int _at;

    private FilterParser(string text) => (_text, _tokens) = (text, FilterTokenizer.Read(text));

    private FilterToken Current => _tokens[_at];

    /// <summary>The clauses; none for an empty text.</summary>
    /// <exception cref="BadInputException">The text is not of the grammar.</exception>
    public static IReadOnlyList<Comparison> Filter(string? text)
    {
        List<Comparison> clauses = [];
        FilterParser parser = new(text ?? "");
        if (parser.Current.Kind == FilterTokenKind.End)
        {
            return clauses;
        }

        do
        {
            clauses.Add(parser.ReadComparison());
            if (clauses.Count > MaxClauses)
            {
                throw new BadInputException($"Invalid filter: it has more than {MaxClauses} clauses.");
            }
        }
        while (parser.Take("AND"));
        parser.ExpectEnd("AND, or the end");
        return clauses;
    }

    /// <summary>One key of an order: a key, then ASC or DESC or nothing.</summary>
    /// <exception cref="BadInputException">The text is not of the grammar.</exception>
    public static Ordering Order(string text)
    {
        FilterParser parser = new(text);
        SearchKey key = parser.ReadKey();
        bool descending = parser.Take("DESC");
        if (!descending)
        {
            parser.Take("ASC");
        }

        parser.ExpectEnd("ASC, DESC, or the end");
        return new(key, descending);
    }

    private Comparison ReadComparison()
    {
        SearchKey key = ReadKey();
        if (Take("NOT"))
        {
            return Take("IN") ? new(key, "NOT IN", ReadList()) : throw Unexpected("IN after NOT");
        }

        if (Take("IN"))
        {
            return new(key, "IN", ReadList());
        }

        string op = Current.Kind == FilterTokenKind.Operator || Current.Is("LIKE") || Current.Is("ILIKE")
            ? Current.Text.ToUpperInvariant()
            : throw Unexpected("a comparison: = != < <= > >= LIKE ILIKE IN or NOT IN");
        _at++;
        return new(key, op, [ReadValue()]);
    }

    private SearchKey ReadKey()
    {
        string first = ReadKeyPart();
        if (!Take("."))
        {
            return new(null, first);
        }

        // What follows the first dot is the key, dots included: params.model.tau.
        List<string> parts = [];
        do
        {
            parts.Add(ReadKeyPart());
        }
        while (Take("."));
        return new(first, string.Join('.', parts));
    }

    private string ReadKeyPart()
    {
        if (Current.Kind is not (FilterTokenKind.Word or FilterTokenKind.Backticked or FilterTokenKind.DoubleQuoted or FilterTokenKind.Number))
        {
            throw Unexpected("a key such as metrics.loss, params.\"model.tau\" or run_id");
        }

        return _tokens[_at++].Text;
    }

    private List<object> ReadList()
    {
        if (!Take("("))
        {
            throw Unexpected("a list such as ('a', 'b')");
        }

        List<object> values = [];
        do
        {
            values.Add(ReadValue());
        }
        while (values.Count <= MaxClauses && Take(","));
        return Take(")") ? values : throw Unexpected($"')' after at most {MaxClauses} values");
    }

    private object ReadValue()
    {
        FilterToken token = Current;
        object value = token.Kind switch
        {
            FilterTokenKind.Number => double.Parse(token.Text, CultureInfo.InvariantCulture),
            FilterTokenKind.SingleQuoted or FilterTokenKind.DoubleQuoted => token.Text,
            _ => throw Unexpected("a number, or a text in single quotes"),
        };
        _at++;
        return value;
    }

    private bool Take(string text)
    {
        if (!Current.Is(text))
        {
            return false;
        }

        _at++;
        return true;
    }

    private void ExpectEnd(string expected)
    {
        if (Current.Kind != FilterTokenKind.End)
        {
            throw Unexpected(expected);
        }
    }

    private BadInputException Unexpected(string expected)
    {
        string found = Current.Kind == FilterTokenKind.End ? "the end" : $"'{Current.Text}'";
        return new($"Invalid clause in '{_text}': found {found} at position {Current.Position} where {expected} was expected.");
    }
}
