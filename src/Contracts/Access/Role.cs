using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>What the holder of a token may do.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Role>))]
public enum Role
{
    /// <summary>Reads everything but tokens.</summary>
    Viewer,

    /// <summary>Reads, and acts: submits, steers sweeps, promotes, logs runs.</summary>
    Operator,

    /// <summary>Everything.</summary>
    Admin,

    /// <summary>Claims tasks and reports on them; nothing else.</summary>
    Worker,

    /// <summary>Fetches what its fleet is given; nothing else.</summary>
    Device,
}

/// <summary>Says which role a route needs; metadata of the route. A route that has none is closed to everyone.</summary>
/// <param name="Role">The least role; null: open to all, for what says nothing about the deployment.</param>
public sealed record NeedsRole(Role? Role);

/// <summary>Who may do what.</summary>
public static class Roles
{
    /// <summary>Whether a holder of one role may do what needs another: an administrator may do everything, an operator what a viewer may.</summary>
    public static bool May(this Role holder, Role needed) =>
        holder == needed || holder == Role.Admin || (holder == Role.Operator && needed == Role.Viewer);
}
