using System.Globalization;
using System.Text.Json;
using Pipeline.Contracts;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;

namespace Pipeline.Workers.Training;

/// <summary>What an epoch measured.</summary>
internal sealed record EpochMetrics(int Epoch, SortedDictionary<string, double> Values);

/// <summary>
/// A trial after an epoch, as a safetensors file: weights and statistics by their names, the optimiser's state as <c>NAME.STATE</c> under
/// <c>optimizer:</c>, averages under <c>average:</c>, and, where the best epoch counts, that epoch's weights under <c>best:</c>.
/// </summary>
/// <param name="Last">The epoch's metrics.</param>
/// <param name="Best">The best epoch's so far, the one whose weights <paramref name="BestWeights"/> are.</param>
/// <param name="BestWeights">Null where the last epoch counts.</param>
internal sealed record TrialCheckpoint(EpochMetrics Last, EpochMetrics Best, IReadOnlyList<NamedTensor>? BestWeights)
{
    private const string OptimizerPrefix = "optimizer:";
    private const string BestPrefix = "best:";
    private const string AveragePrefix = "average:";

    /// <summary>The file's bytes.</summary>
    public byte[] Write(Trainer trainer)
    {
        var tensors = new List<NamedTensor>(trainer.State.Save());
        tensors.AddRange(OtherTensors(trainer).Select(t => t.Saved with { Values = t.Live.FloatValues() }));
        tensors.AddRange((BestWeights ?? []).Select(t => t with { Name = BestPrefix + t.Name }));
        return Safetensors.Write(tensors, new Dictionary<string, string>
        {
            ["epoch"] = Last.Epoch.ToString(CultureInfo.InvariantCulture),
            ["metrics"] = JsonSerializer.Serialize(Last.Values, ContractsJson.Default.SortedDictionaryStringDouble),
            ["bestEpoch"] = Best.Epoch.ToString(CultureInfo.InvariantCulture),
            ["bestMetrics"] = JsonSerializer.Serialize(Best.Values, ContractsJson.Default.SortedDictionaryStringDouble),
        });
    }

    /// <summary>Puts a trainer into the state that a file holds.</summary>
    /// <exception cref="CorruptDataException">The file is not whole, or not of this model.</exception>
    public static TrialCheckpoint Restore(byte[] file, string name, Trainer trainer)
    {
        (IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata) = Safetensors.Read(file, name);
        var byName = tensors.ToDictionary(t => t.Name);
        foreach ((NamedTensor saved, Tensor live) in trainer.State.Save().Select(t => (t, trainer.State[t.Name])).Concat(OtherTensors(trainer)))
        {
            NamedTensor found = byName.TryGetValue(saved.Name, out NamedTensor? tensor) && tensor.Shape.Equals(saved.Shape)
                ? tensor
                : throw new CorruptDataException($"{name} has no tensor '{saved.Name}' of {saved.Shape}: it is not a checkpoint of this trial. Delete it and run the trial again.");
            live.SetFloats(found.Values);
        }

        var best = tensors.Where(t => t.Name.StartsWith(BestPrefix, StringComparison.Ordinal)).Select(t => t with { Name = t.Name[BestPrefix.Length..] }).ToList();
        return new(Metrics(metadata, "epoch", "metrics"), Metrics(metadata, "bestEpoch", "bestMetrics"), best.Count > 0 ? best : null);
    }

    private static EpochMetrics Metrics(IReadOnlyDictionary<string, string> metadata, string epoch, string metrics) => new(
        int.Parse(metadata[epoch], CultureInfo.InvariantCulture),
        JsonSerializer.Deserialize(metadata[metrics], ContractsJson.Default.SortedDictionaryStringDouble)!);

    /// <summary>The optimiser's state and the averages, as they are named in a file, without their values.</summary>
    private static IEnumerable<(NamedTensor Saved, Tensor Live)> OtherTensors(Trainer trainer)
    {
        var parameters = trainer.Graph.Initializers.Where(i => !i.IsStatistic).ToList();
        IEnumerable<(NamedTensor, Tensor)> optimizer = trainer.Optimizer.State.SelectMany(state => parameters.Zip(
            state.PerParameter, (parameter, tensor) => (Named($"{OptimizerPrefix}{parameter.Name}.{state.Name}", tensor), tensor)));
        return trainer.Average is not { } average
            ? optimizer
            : optimizer.Concat(average.Names.Zip(average.Tensors, static (name, tensor) => (Named(AveragePrefix + name, tensor), tensor)));
    }

    private static NamedTensor Named(string name, Tensor tensor) => new(name, new TensorShape([.. tensor.shape.Select(static s => (int)s)]), []);
}
