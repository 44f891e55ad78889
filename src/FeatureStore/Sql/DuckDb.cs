using System.Reflection;
using System.Runtime.InteropServices;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Sql;

/// <summary>A DuckDB database in memory, through the few calls of its C API that are needed. Not safe for more than one thread.</summary>
internal sealed unsafe partial class DuckDb : IDisposable
{
    private const string Library = "libduckdb.so";

    /// <summary>Names the library's file, where it is not where the system's loader looks.</summary>
    private const string Variable = "DUCKDB_LIBRARY";

    static DuckDb() => NativeLibrary.SetDllImportResolver(
        Assembly.GetExecutingAssembly(), static (name, assembly, search) => name == Library && TryLoad(assembly, search, out nint library) ? library : 0);

    private nint _database;
    private nint _connection;

    /// <summary>Opens an empty database.</summary>
    /// <exception cref="PipelineException">DuckDB's library is not installed, or cannot be opened.</exception>
    public DuckDb()
    {
        if (!IsInstalled)
        {
            throw new PipelineException(
                $"DuckDB's library {Library} is not installed. Get the C library from https://duckdb.org/install and set {Variable} to the file, or put it where the loader looks (/usr/local/lib, then ldconfig).");
        }

        if (duckdb_open(null, ref _database) != 0 || duckdb_connect(_database, ref _connection) != 0)
        {
            throw new PipelineException($"DuckDB's library {LibraryPath ?? Library} is there but opens no database. Install another version.");
        }
    }

    /// <summary>The library's file where a variable or a checkout's tools name one; null: where the system's loader finds it.</summary>
    public static string? LibraryPath { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : FindTool();

    /// <summary>Whether the library can be loaded.</summary>
    public static bool IsInstalled { get; } = TryLoad(Assembly.GetExecutingAssembly(), null, out _);

    /// <summary>Runs a query and gives its rows as texts, null for what is null.</summary>
    /// <exception cref="BadInputException">DuckDB refuses the query.</exception>
    public (string[] Columns, string?[][] Rows) Run(string sql)
    {
        nint* result = stackalloc nint[6];
        int state = duckdb_query(_connection, sql, result);
        try
        {
            if (state != 0)
            {
                throw new BadInputException($"DuckDB refuses the query: {Marshal.PtrToStringUTF8(duckdb_result_error(result))}");
            }

            int columns = (int)duckdb_column_count(result), rows = (int)duckdb_row_count(result);
            return (
                [.. Enumerable.Range(0, columns).Select(c => Marshal.PtrToStringUTF8(duckdb_column_name((nint*)(nint)result, (ulong)c)) ?? "")],
                [.. Enumerable.Range(0, rows).Select(row => Row((nint)result, row, columns))]);
        }
        finally
        {
            duckdb_destroy_result(result);
        }
    }

    /// <summary>Runs a query and gives its rows as texts.</summary>
    public string[][] Query(string sql) => [.. Run(sql).Rows.Select(static row => (string[])[.. row.Select(static cell => cell ?? "")])];

    /// <inheritdoc/>
    public void Dispose()
    {
        duckdb_disconnect(ref _connection);
        duckdb_close(ref _database);
    }

    private static string?[] Row(nint result, int row, int columns) => [.. Enumerable.Range(0, columns).Select(column => Text(result, row, column))];

    private static string? Text(nint result, int row, int column)
    {
        nint text = duckdb_value_varchar((nint*)result, (ulong)column, (ulong)row);
        string? value = Marshal.PtrToStringUTF8(text);
        duckdb_free(text);
        return value;
    }

    private static bool TryLoad(Assembly assembly, DllImportSearchPath? search, out nint library) =>
        LibraryPath is { } path ? NativeLibrary.TryLoad(path, out library) : NativeLibrary.TryLoad(Library, assembly, search, out library);

    // Where eng/test-tools.sh puts it.
    private static string? FindTool()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string npm = Path.Combine(folder.FullName, "npm");
            if (folder.Name == ".artifacts" && Directory.Exists(npm))
            {
                return Directory.EnumerateFiles(npm, Library, SearchOption.AllDirectories).FirstOrDefault();
            }
        }

        return null;
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int duckdb_open(string? path, ref nint database);

    [LibraryImport(Library)]
    private static partial int duckdb_connect(nint database, ref nint connection);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int duckdb_query(nint connection, string sql, nint* result);

    [LibraryImport(Library)]
    private static partial nint duckdb_result_error(nint* result);

    [LibraryImport(Library)]
    private static partial ulong duckdb_row_count(nint* result);

    [LibraryImport(Library)]
    private static partial ulong duckdb_column_count(nint* result);

    [LibraryImport(Library)]
    private static partial nint duckdb_column_name(nint* result, ulong column);

    [LibraryImport(Library)]
    private static partial nint duckdb_value_varchar(nint* result, ulong column, ulong row);

    [LibraryImport(Library)]
    private static partial void duckdb_free(nint value);

    [LibraryImport(Library)]
    private static partial void duckdb_destroy_result(nint* result);

    [LibraryImport(Library)]
    private static partial void duckdb_disconnect(ref nint connection);

    [LibraryImport(Library)]
    private static partial void duckdb_close(ref nint database);
}
