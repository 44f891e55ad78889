namespace Pipeline.Registry.Tracking;

/// <summary>The lifecycle stages as MLflow names them.</summary>
internal static class Stage
{
    public const string Active = "active";
    public const string Deleted = "deleted";

    public static string Name(bool deleted) => deleted ? Deleted : Active;
}
