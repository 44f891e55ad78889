using Pipeline.FeatureStore.Sql;

namespace Pipeline.FeatureStore.Tests;

/// <summary>A test that needs DuckDB's library (npm <c>@duckdb/node-bindings-linux-x64</c> unpacked under .artifacts/npm) and says so where it is missing.</summary>
internal sealed class DuckDbFactAttribute : FactAttribute
{
    public DuckDbFactAttribute()
    {
        if (!DuckDb.IsInstalled)
        {
            Skip = "libduckdb.so is not installed: eng/test-tools.sh .artifacts/npm duckdb";
        }
    }
}
