using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Pipeline.Contracts;

namespace Pipeline.Orchestrator.Access;

/// <summary>Who sends a request.</summary>
/// <param name="Name">The token's name; on this machine, where none is asked for, the user that the orchestrator runs as.</param>
/// <param name="Role">What they may do.</param>
public sealed record Caller(string Name, Role Role)
{
    /// <summary>Whoever is on this machine.</summary>
    public static Caller Here { get; } = new(Environment.UserName, Role.Admin);

    /// <summary>Whether they may do more than look.</summary>
    public bool MayAct => Role.May(Role.Operator);

    /// <summary>Who sends the request; null where its route asks nobody.</summary>
    public static Caller? Of(HttpContext context) => context.User is { Identity.Name: { } name } user
        ? new(name, Enum.Parse<Role>(user.FindFirstValue(ClaimTypes.Role)!))
        : null;

    /// <summary>Lets the routes know who sends the request, those of other rooms too.</summary>
    public void Enter(HttpContext context) =>
        context.User = new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, Name), new(ClaimTypes.Role, Role.ToString())], "pipeline"));
}
