using System.Reflection;
using System.Runtime.InteropServices;

namespace Pipeline.Tools;

/// <summary>A DuckDB database in memory, through the few calls of its C API that tests and benchmarks need.</summary>
internal sealed unsafe partial class DuckDb : IDisposable
{
    private const string Library = "libduckdb.so";

    static DuckDb() => NativeLibrary.SetDllImportResolver(
        Assembly.GetExecutingAssembly(),
        static (name, _, _) => name == Library && LibraryPath is { } path ? NativeLibrary.Load(path) : 0);

    public static string? LibraryPath { get; } = Find();

    private nint _database;
    private nint _connection;

    public DuckDb()
    {
        if (duckdb_open(null, ref _database) != 0 || duckdb_connect(_database, ref _connection) != 0)
        {
            throw new InvalidOperationException("DuckDB cannot be opened.");
        }
    }

    /// <summary>Runs a query and gives its rows as texts.</summary>
    public string[][] Query(string sql)
    {
        nint* result = stackalloc nint[6];
        int state = duckdb_query(_connection, sql, result);
        try
        {
            return state == 0
                ? [.. Enumerable.Range(0, (int)duckdb_row_count(result)).Select(row => Row((nint)result, row))]
                : throw new InvalidOperationException(Marshal.PtrToStringUTF8(duckdb_result_error(result)));
        }
        finally
        {
            duckdb_destroy_result(result);
        }
    }

    public void Dispose()
    {
        duckdb_disconnect(ref _connection);
        duckdb_close(ref _database);
    }

    private static string[] Row(nint result, int row) =>
        [.. Enumerable.Range(0, (int)duckdb_column_count((nint*)result)).Select(column => Text(result, row, column))];

    private static string Text(nint result, int row, int column)
    {
        nint text = duckdb_value_varchar((nint*)result, (ulong)column, (ulong)row);
        string value = Marshal.PtrToStringUTF8(text) ?? "";
        duckdb_free(text);
        return value;
    }

    private static string? Find()
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
