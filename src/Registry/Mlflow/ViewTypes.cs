using Pipeline.Registry.Search;
using Pipeline.Registry.Tracking;

namespace Pipeline.Registry.Mlflow;

/// <summary>MLflow's view types: which lifecycle stages a search sees.</summary>
internal static class ViewTypes
{
    /// <exception cref="MlflowException">There is no such view type.</exception>
    public static void Restrict(SqlSearch search, string column, string? viewType)
    {
        string? stage = viewType switch
        {
            null or "ACTIVE_ONLY" => Stage.Active,
            "DELETED_ONLY" => Stage.Deleted,
            "ALL" => null,
            _ => throw MlflowException.Invalid($"Invalid value '{viewType}' for a view type. Valid ones are ACTIVE_ONLY, DELETED_ONLY, ALL."),
        };
        if (stage is not null)
        {
            search.Where($"{column} = {search.Parameter(stage)}");
        }
    }
}
