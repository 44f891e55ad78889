using System.Globalization;
using System.Text;
using Pipeline.Contracts;

namespace Pipeline.Registry.Search;

/// <summary>
/// Compiles a search to what follows FROM in a query. Nothing that a client wrote becomes SQL text: keys and values travel as parameters, and only
/// the columns, tables and operators of a <see cref="SearchTarget"/> are written out.
/// </summary>
internal sealed class SqlSearch(SearchTarget target)
{
    private static readonly string[] NumberOperators = ["=", "!=", "<", "<=", ">", ">="];
    private static readonly string[] TextOperators = ["=", "!=", "LIKE", "ILIKE"];
    private static readonly string[] ListOperators = ["IN", "NOT IN"];

    private readonly List<string> _conditions = [];
    private readonly List<string> _order = [];
    private readonly Dictionary<string, object?> _parameters = [];
    private string _page = "";

    /// <summary>The values by name.</summary>
    public IReadOnlyDictionary<string, object?> Parameters => _parameters;

    /// <summary>The WHERE, ORDER BY and LIMIT clauses.</summary>
    public string Clauses
    {
        get
        {
            StringBuilder sql = new();
            if (_conditions.Count > 0)
            {
                sql.Append("WHERE ").AppendJoin(" AND ", _conditions);
            }

            return sql.Append(" ORDER BY ")
                .Append(_order.Count == 0 ? target.DefaultOrder : string.Join(", ", _order) + ", " + target.TieBreak)
                .Append(_page)
                .ToString();
        }
    }

    /// <summary>Adds a condition of our own; its values are given by <see cref="Parameter"/>.</summary>
    public SqlSearch Where(string condition)
    {
        _conditions.Add(condition);
        return this;
    }

    /// <summary>Gives a value a name for use in SQL.</summary>
    public string Parameter(object? value)
    {
        string name = "p" + _parameters.Count.ToString(CultureInfo.InvariantCulture);
        _parameters.Add(name, value);
        return "@" + name;
    }

    /// <summary>Adds a client's filter.</summary>
    /// <exception cref="BadInputException">It is not of the grammar, or names what is not there.</exception>
    public SqlSearch Filter(string? filter)
    {
        foreach (Comparison clause in FilterParser.Filter(filter))
        {
            _conditions.Add(Compile(clause));
        }

        return this;
    }

    /// <summary>Adds a client's order. Missing values come last, whichever way the order runs, after those that are not numbers.</summary>
    /// <exception cref="BadInputException">A clause is not of the grammar, or names what is not there.</exception>
    public SqlSearch OrderBy(IReadOnlyList<string> clauses)
    {
        foreach (string clause in clauses)
        {
            Ordering ordering = FilterParser.Order(clause);
            string direction = ordering.Descending ? " DESC" : " ASC";
            if (target.FindColumn(ordering.Key) is { } column)
            {
                _order.Add($"CASE WHEN {column.Sql} IS NULL THEN 1 ELSE 0 END");
                _order.Add(column.Sql + direction);
                continue;
            }

            SearchValues values = target.FindValues(ordering.Key);
            string from = $"FROM {values.Table} k WHERE {values.Join} AND k.key = {Parameter(ordering.Key.Key)}";
            _order.Add($"COALESCE((SELECT {(values.IsMetric ? "k.is_nan" : "0")} {from}), 2)");
            _order.Add($"(SELECT k.value {from}){direction}");
        }

        return this;
    }

    /// <summary>Takes a page, and one row more, which says whether another page follows.</summary>
    public SqlSearch Page(int size, long offset)
    {
        _page = $" LIMIT {Parameter(size + 1L)} OFFSET {Parameter(offset)}";
        return this;
    }

    /// <summary>Takes at most so many rows.</summary>
    public SqlSearch Take(int limit)
    {
        _page = $" LIMIT {Parameter(limit)}";
        return this;
    }

    private string Compile(Comparison clause)
    {
        if (target.FindDatasetColumn(clause.Key) is { } attribute)
        {
            return $"EXISTS (SELECT 1 FROM run_datasets d WHERE d.run_id = r.run_id AND {Compare(clause, "d." + attribute, isNumber: false, allowsIn: true)})";
        }

        if (target.FindColumn(clause.Key) is { } column)
        {
            return column.CanFilter
                ? Compare(clause, column.Sql, column.IsNumber, column.AllowsIn)
                : throw new BadInputException($"Invalid attribute key '{clause.Key.Key}' in a filter: a {target.Noun} can only be ordered by it.");
        }

        SearchValues values = target.FindValues(clause.Key);
        string compared = Compare(clause, "k.value", values.IsMetric, allowsIn: false);
        string isNumber = values.IsMetric ? " AND k.is_nan = 0" : "";
        return $"EXISTS (SELECT 1 FROM {values.Table} k WHERE {values.Join} AND k.key = {Parameter(clause.Key.Key)} AND {compared}{isNumber})";
    }

    private string Compare(Comparison clause, string sql, bool isNumber, bool allowsIn)
    {
        string[] allowed = isNumber ? NumberOperators : allowsIn ? [.. TextOperators, .. ListOperators] : TextOperators;
        if (!allowed.Contains(clause.Operator))
        {
            throw new BadInputException($"Invalid comparison operator '{clause.Operator}' for '{clause.Key}'. Valid ones are {string.Join(" ", allowed)}.");
        }

        object? wrong = clause.Values.FirstOrDefault(v => v is double != isNumber);
        if (wrong is not null)
        {
            throw new BadInputException(isNumber
                ? $"Expected numeric value type for '{clause.Key}'. Found '{wrong}'."
                : $"Expected a quoted string value for '{clause.Key}'. Found {wrong}.");
        }

        string op = clause.Operator;
        object value = clause.Values[0];
        return op switch
        {
            "IN" or "NOT IN" => $"{sql} {op} {Parameter(clause.Values.Cast<string>().ToArray())}",
            "ILIKE" => $"LOWER({sql}) LIKE LOWER({Parameter(Pattern(value))}) ESCAPE '\\'",
            "LIKE" => $"{sql} LIKE {Parameter(Pattern(value))} ESCAPE '\\'",
            _ => $"{sql} {op} {Parameter(value)}",
        };
    }

    // The grammar has no escapes: a backslash stands for itself.
    private static string Pattern(object value) => ((string)value).Replace(@"\", @"\\", StringComparison.Ordinal);
}
