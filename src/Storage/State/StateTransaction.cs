using Dapper;
using Microsoft.Data.Sqlite;

namespace Pipeline.Storage.State;

/// <summary>
/// One transaction of the state database. Everything done through it is kept together or not at all. SQL takes named parameters (<c>@name</c>)
/// from the properties of an object; a column <c>snake_case</c> fills the property <c>SnakeCase</c>. Not to be used by two threads at once.
/// </summary>
public sealed class StateTransaction
{
    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly CancellationToken _cancellationToken;

    internal StateTransaction(SqliteConnection connection, SqliteTransaction transaction, CancellationToken cancellationToken) =>
        (_connection, _transaction, _cancellationToken) = (connection, transaction, cancellationToken);

    /// <summary>Runs a statement; gives the rows it changed.</summary>
    public Task<int> ExecuteAsync(string sql, object? parameters = null) => _connection.ExecuteAsync(Command(sql, parameters));

    /// <summary>The rows of a query, in its order.</summary>
    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) =>
        (await _connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>The only row of a query, or the default where it has none.</summary>
    /// <exception cref="InvalidOperationException">It has more than one row.</exception>
    public Task<T?> QuerySingleOrDefaultAsync<T>(string sql, object? parameters = null) =>
        _connection.QuerySingleOrDefaultAsync<T>(Command(sql, parameters));

    private CommandDefinition Command(string sql, object? parameters) =>
        new(sql, parameters, _transaction, cancellationToken: _cancellationToken);
}
