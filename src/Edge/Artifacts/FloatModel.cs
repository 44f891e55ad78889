using Pipeline.Contracts;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
using Pipeline.Models.Zoo;
using Pipeline.Storage.Blobs;

namespace Pipeline.Edge.Artifacts;

/// <summary>A trained model: its graph, its weights by name and its front end.</summary>
internal sealed record FloatModel(Graph Graph, IReadOnlyDictionary<string, float[]> Weights, IFrontEnd FrontEnd)
{
    /// <summary>Loads what a model version describes.</summary>
    /// <exception cref="CorruptDataException">The weights are missing, or not the ones described.</exception>
    public static async Task<FloatModel> LoadAsync(ModelDescription description, IBlobStore blobs, CancellationToken cancellationToken)
    {
        IFrontEnd frontEnd = FrontEnds.Get(description.FrontEnd);
        Graph graph = ModelZoo.Build(description.Model, description.ModelParameters, frontEnd.Bands, description.Frames);
        byte[] file = await blobs.TryGetAsync(description.WeightsBlob, cancellationToken)
            ?? throw new CorruptDataException($"The weights '{description.WeightsBlob}' are not in the store. Train the model again.");
        if (ContentHash.Of(file).Hex != description.WeightsSha256)
        {
            throw new CorruptDataException(
                $"The weights '{description.WeightsBlob}' have the hash {ContentHash.Of(file)}, expected {description.WeightsSha256}: they were changed. Restore them, or train the model again.");
        }

        var weights = Safetensors.Read(file, description.WeightsBlob).Tensors.ToDictionary(t => t.Name, t => t.Values);
        Initializer? absent = graph.Initializers.FirstOrDefault(i => !weights.TryGetValue(i.Name, out float[]? values) || values.Length != i.Shape.Elements);
        return absent is null ? new(graph, weights, frontEnd) : throw new CorruptDataException(
            $"The weights '{description.WeightsBlob}' have no tensor '{absent.Name}' of {absent.Shape}: they belong to another model.");
    }
}
