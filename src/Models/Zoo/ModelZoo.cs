using Pipeline.Contracts;

namespace Pipeline.Models.Zoo;

/// <summary>Every model that can be trained, by name.</summary>
public static class ModelZoo
{
    /// <summary>Most frames taken: 100 s at a hop of 10 ms. More is a mistake, and would ask for tens of gigabytes while training.</summary>
    private const int MaxFrames = 10_000;

    /// <summary>Most bands taken; front ends have 10 to 128.</summary>
    private const int MaxBands = 1_024;

    /// <summary>The <c>classes</c> parameter, which every model has.</summary>
    internal static ModelParameter Classes { get; } = new("classes", 12, "Number of classes; the feature set's when training.") { Min = 2, Max = 10_000, Whole = true };

    private static readonly Lock Adding = new();

    private static readonly HashSet<string> Loaded = new(StringComparer.Ordinal);

    // Replaced as a whole when models are added, so that whoever reads it needs no lock.
    private static volatile ZooModel[] _models =
    [
        BcResNet.Model,
        DsCnn.Model,
        EdgeRnn.Model,
        EdgeRnn.Grouped,
        Gru.Model,
        KaggleConv.Bigger,
        KaggleDeeperConv.Model,
        KaggleConv.Simple,
        Kwt.Model,
        MatchboxNet.Model,
        Plb.Model,
        Res.Model,
        Svdf.Model,
        TcResNet.Model,
        TinyMlLstm.Model,
    ];

    /// <summary>Names, parameters, defaults and documentation of all models, by name.</summary>
    public static IReadOnlyList<ModelInfo> Describe() => [.. _models.Select(m => m.Info)];

    /// <summary>The description of a model; null where there is none.</summary>
    public static ModelInfo? Find(string model) => Array.Find(_models, m => m.Info.Name == model)?.Info;

    /// <summary>Adds the models of assemblies to this process. One that was added before is left alone.</summary>
    /// <param name="paths">Absolute paths.</param>
    /// <exception cref="BadInputException">An assembly is not as expected, or two models have one name.</exception>
    public static void Add(IEnumerable<string> paths)
    {
        lock (Adding)
        {
            foreach (string path in paths.Where(p => !Loaded.Contains(p)))
            {
                List<ZooModel> all = [.. _models];
                foreach (ZooModel model in UserModels.Of(path))
                {
                    if (all.Exists(m => m.Info.Name == model.Info.Name))
                    {
                        throw new BadInputException($"{path}: there is a model '{model.Info.Name}' already. Expected another name.");
                    }

                    all.Add(model);
                }

                _models = [.. all.OrderBy(static m => m.Info.Name, StringComparer.Ordinal)];
                Loaded.Add(path);
            }
        }
    }

    /// <summary>Builds a model's graph.</summary>
    /// <param name="model">Its name, for example <c>bc-resnet</c>.</param>
    /// <param name="parameters">Values of its parameters by name; those absent have their defaults.</param>
    /// <param name="bands">Bands of the front end.</param>
    /// <param name="frames">Frames of one input.</param>
    /// <exception cref="BadInputException">No such model or parameter, or a value or size it does not take.</exception>
    public static Graph.Graph Build(string model, IReadOnlyDictionary<string, ParameterValue> parameters, int bands, int frames)
    {
        ZooModel found = Array.Find(_models, m => m.Info.Name == model) ?? throw new BadInputException(
            $"No model is named '{model}'. {NearestName.Suggest(model, [.. _models.Select(m => m.Info.Name)])}");
        var values = found.Info.Parameters.ToDictionary(p => p.Name, p => p.Default);
        foreach ((string name, ParameterValue value) in parameters)
        {
            ModelParameter parameter = found.Info.Parameters.FirstOrDefault(p => p.Name == name) ?? throw new BadInputException(
                $"Model '{model}' has no parameter '{name}'. {NearestName.Suggest(name, [.. found.Info.Parameters.Select(p => p.Name)])}");
            values[name] = parameter.Allows(value) ? value : throw new BadInputException(
                $"Parameter '{name}' of model '{model}' is '{value}'. Expected {parameter.Allowed}.");
        }

        if (bands is < 1 or > MaxBands || frames is < 1 or > MaxFrames)
        {
            throw new BadInputException(
                $"Model '{model}' was asked to take {bands} bands x {frames} frames. Expected 1 to {MaxBands} bands and 1 to {MaxFrames} frames.");
        }

        return found.Build(values, bands, frames);
    }

    /// <summary>Refuses features too small for unpadded kernels, in the user's terms.</summary>
    internal static void Need(string model, int bands, int frames, int leastBands, int leastFrames)
    {
        if (bands < leastBands || frames < leastFrames)
        {
            throw new BadInputException(
                $"Model '{model}' was asked to take {bands} bands x {frames} frames. Expected at least {leastBands} bands and {leastFrames} frames.");
        }
    }
}

/// <summary>A model's description and what builds its graph from checked parameters.</summary>
internal sealed record ZooModel(ModelInfo Info, Func<IReadOnlyDictionary<string, ParameterValue>, int, int, Graph.Graph> Build);
