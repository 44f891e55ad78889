using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Pipeline.Orchestrator.Dashboard.Charts;

/// <summary>A text in a drawing. Razor takes the element's name for a word of its own, so that it is built here.</summary>
public sealed class SvgText : ComponentBase
{
    /// <summary>Where it stands, across.</summary>
    [Parameter, EditorRequired]
    public double X { get; set; }

    /// <summary>Where its line stands, down.</summary>
    [Parameter, EditorRequired]
    public double Y { get; set; }

    /// <summary>What it says.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    /// <summary>Which part of it stands there: start, middle or end.</summary>
    [Parameter]
    public string Anchor { get; set; } = "start";

    /// <summary>Whether it is a mark of an axis.</summary>
    [Parameter]
    public bool IsTick { get; set; } = true;

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "class", IsTick ? "tick" : null);
        builder.AddAttribute(2, "x", Show.At(X));
        builder.AddAttribute(3, "y", Show.At(Y));
        builder.AddAttribute(4, "text-anchor", Anchor);
        builder.AddContent(5, Text);
        builder.CloseElement();
    }
}
