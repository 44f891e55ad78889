using Pipeline.Tools;

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
