using Pipeline.Contracts;

namespace Pipeline.Models.Zoo;

/// <summary>
/// A model of one's own: a public class with a parameterless constructor, in an assembly that <c>models.assemblies</c> of pipeline.yaml names.
/// </summary>
public interface IModelDefinition
{
    /// <summary>
    /// Its name (lower-case letters, digits and dashes), what it is, and its parameters. The parameter <c>classes</c>, which every model has, is added.
    /// </summary>
    ModelInfo Info { get; }

    /// <summary>Builds its graph: from features [1, 1, bands, frames] to logits [1, classes]. A pure function of its arguments.</summary>
    /// <param name="parameters">The value of each parameter, checked, <c>classes</c> among them.</param>
    /// <param name="bands">Bands of the front end.</param>
    /// <param name="frames">Frames of one input.</param>
    /// <exception cref="BadInputException">The model does not take features of that size.</exception>
    Graph.Graph Build(IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames);
}
