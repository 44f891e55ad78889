using System.Runtime.InteropServices;
using SQLitePCL;

namespace Pipeline.Storage.State;

/// <summary>Chooses the SQLite library: the system's, which gets security fixes, before the old one that the package carries.</summary>
internal static class SystemSqlite
{
    private const string ImportedName = "e_sqlite3";
    private const string SystemName = "libsqlite3.so.0";

    private static readonly Lazy<bool> Loaded = new(Load);

    /// <summary>Loads the library once; any number of threads may call it.</summary>
    public static void EnsureLoaded() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(
            typeof(SQLite3Provider_e_sqlite3).Assembly,
            static (name, assembly, path) =>
                name == ImportedName && NativeLibrary.TryLoad(SystemName, out nint handle) ? handle : nint.Zero);
        Batteries_V2.Init();
        return true;
    }
}
