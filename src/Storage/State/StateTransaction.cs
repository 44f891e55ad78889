using System.Data.Common;
using Dapper;

namespace Pipeline.Storage.State;

/// <summary>
/// One transaction of the state database. Everything done through it is kept together or not at all. SQL takes named parameters (<c>@name</c>)
/// from the properties of an object; a column <c>snake_case</c> fills the property <c>SnakeCase</c>. Not to be used by two threads at once.
/// <para>
/// SQL is written so that SQLite and PostgreSQL read it alike: lists as <c>IN @list</c>, booleans as 0 and 1, upserts as <c>ON CONFLICT</c>,
/// <c>RETURNING</c>, patterns as <c>LIKE @p ESCAPE '\'</c> (which heeds case), texts ordered by their bytes. What still differs is put right by
/// <see cref="Dialect"/>.
/// </para>
/// </summary>
public sealed class StateTransaction
{
    private readonly DbTransaction _transaction;
    private readonly Dialect _dialect;
    private readonly CancellationToken _cancellationToken;
    private readonly HashSet<string> _channels = new(StringComparer.Ordinal);

    internal StateTransaction(DbTransaction transaction, Dialect dialect, CancellationToken cancellationToken) =>
        (_transaction, _dialect, _cancellationToken) = (transaction, dialect, cancellationToken);

    /// <summary>The channels to wake once this is committed.</summary>
    internal IReadOnlyCollection<string> Channels => _channels;

    /// <summary>Runs a statement; gives the rows it changed.</summary>
    public Task<int> ExecuteAsync(string sql, object? parameters = null) => Connection.ExecuteAsync(Command(sql, parameters));

    /// <summary>The rows of a query, in its order.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await Connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>The only row of a query, or the default where it has none.</summary>
    /// <exception cref="InvalidOperationException">It has more than one row.</exception>
    public Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object? parameters = null) =>
        Connection.QuerySingleOrDefaultAsync<T>(Command(sql, parameters));

    /// <summary>Wakes those who wait for a channel (a name of letters and underscores), in every process, once this is committed.</summary>
    public void Notify(string channel) => _channels.Add(channel);

    /// <summary>Runs statements that define tables.</summary>
    internal Task DefineAsync(string sql) => ExecuteAsync(_dialect.Schema(sql));

    private DbConnection Connection => _transaction.Connection!;

    private CommandDefinition Command(string sql, object? parameters) =>
        new(_dialect.Statement(sql), _dialect.Parameters(parameters), _transaction, cancellationToken: _cancellationToken);
}
