using System.Reflection;
using System.Runtime.InteropServices;

namespace Pipeline.FeatureStore.Tests;

/// <summary>A test that needs DuckDB's library (npm <c>@duckdb/node-bindings-linux-x64</c> unpacked under .artifacts/npm) and says so where it is missing.</summary>
internal sealed class DuckDbFactAttribute : FactAttribute
{
    public DuckDbFactAttribute()
    {
        if (DuckDb.LibraryPath is null)
        {
            Skip = "libduckdb.so is not under .artifacts/npm (npm pack @duckdb/node-bindings-linux-x64, unpacked there).";
        }
    }
}

/// <summary>The few calls of DuckDB's C API that the tests need.</summary>
internal static unsafe partial class DuckDb
{
    private const string Library = "libduckdb.so";

    static DuckDb() => NativeLibrary.SetDllImportResolver(
        Assembly.GetExecutingAssembly(),
        static (name, _, _) => name == Library && LibraryPath is { } path ? NativeLibrary.Load(path) : 0);

    public static string? LibraryPath { get; } = Find();

    /// <summary>Runs a query in memory and gives its rows as texts.</summary>
    public static string[][] Query(string sql)
    {
        nint database = 0, connection = 0;
        Assert.Equal(0, duckdb_open(null, ref database));
        Assert.Equal(0, duckdb_connect(database, ref connection));
        nint* result = stackalloc nint[6];
        try
        {
            int state = duckdb_query(connection, sql, result);
            Assert.True(state == 0, Marshal.PtrToStringUTF8(duckdb_result_error(result)));
            return [.. Enumerable.Range(0, (int)duckdb_row_count(result)).Select(row => Row((nint)result, row))];
        }
        finally
        {
            duckdb_destroy_result(result);
            duckdb_disconnect(ref connection);
            duckdb_close(ref database);
        }
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
