using Microsoft.AspNetCore.Components;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>A part of a page that is replaced as a whole when it changes.</summary>
/// <param name="Id">Its id in the page, unlike any other's there.</param>
/// <param name="Component">What draws it.</param>
/// <param name="Values">What that is given.</param>
internal sealed record Fragment(string Id, Type Component, IReadOnlyDictionary<string, object?> Values)
{
    public static Fragment Of<TComponent>(string id, params (string Name, object? Value)[] values)
        where TComponent : IComponent => new("f-" + id, typeof(TComponent), values.ToDictionary(static v => v.Name, static v => v.Value, StringComparer.Ordinal));
}

/// <summary>A page: its title, the entry of the menu that it stands under, and its parts.</summary>
internal sealed record PageView(string Title, string Menu, IReadOnlyList<Fragment> Fragments);

/// <summary>A drawn part of a page.</summary>
internal sealed record DrawnFragment(string Id, string Html);
