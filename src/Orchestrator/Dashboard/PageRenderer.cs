using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Orchestrator.Access;
using Pipeline.Orchestrator.Dashboard.Pages;

namespace Pipeline.Orchestrator.Dashboard;

/// <summary>Draws pages and their parts as HTML, on the server. What goes into it is escaped by Razor.</summary>
internal sealed class PageRenderer
{
    private readonly IServiceProvider _services = new ServiceCollection().BuildServiceProvider();

    /// <summary>The parts of a page, each in the element that is replaced when it changes.</summary>
    public async Task<IReadOnlyList<DrawnFragment>> DrawAsync(PageView page)
    {
        List<DrawnFragment> drawn = [];
        foreach (Fragment fragment in page.Fragments)
        {
            string html = await DrawAsync(fragment.Component, fragment.Values);
            drawn.Add(new DrawnFragment(fragment.Id, $"<div id=\"{fragment.Id}\" data-fragment>{html}</div>"));
        }

        return drawn;
    }

    /// <summary>The whole page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="live">The address of its live parts; null: it does not change.</param>
    /// <param name="caller">Who looks at it; null: nobody was asked.</param>
    public async Task<string> DrawPageAsync(PageView page, string? live, Caller? caller)
    {
        StringBuilder body = new();
        foreach (DrawnFragment fragment in await DrawAsync(page))
        {
            body.Append(fragment.Html).Append('\n');
        }

        return "<!DOCTYPE html>\n" + await DrawAsync(
            typeof(Layout),
            new Dictionary<string, object?>
            {
                [nameof(Layout.Title)] = page.Title,
                [nameof(Layout.Menu)] = page.Menu,
                [nameof(Layout.Live)] = live,
                [nameof(Layout.Caller)] = caller,
                [nameof(Layout.Body)] = new MarkupString(body.ToString()),
            });
    }

    private async Task<string> DrawAsync(Type component, IReadOnlyDictionary<string, object?> values)
    {
        // One for each drawing: a renderer keeps what it drew.
        await using HtmlRenderer renderer = new(_services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync(component, ParameterView.FromDictionary(values.ToDictionary()))).ToHtmlString());
    }
}
