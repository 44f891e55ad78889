using Pipeline.Contracts;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.FeatureStore.Shards;

namespace Pipeline.Orchestrator.Sweeps;

/// <summary>Makes the description of the model that a trial trained.</summary>
internal static class ModelDescriptions
{
    public static ModelDescription Of(TrialRecord trial, FeatureSetManifest manifest)
    {
        TrialResult result = trial.Result!;
        SortedDictionary<string, ParameterValue> parameters = new(trial.Spec.ModelParameters, StringComparer.Ordinal)
        {
            ["classes"] = (double)manifest.Classes.Count,
        };
        return new ModelDescription
        {
            Model = trial.Spec.Model,
            ModelParameters = parameters,
            Classes = manifest.Classes,
            FrontEnd = trial.Spec.FrontEnd,
            Frames = FrontEnds.Get(trial.Spec.FrontEnd).FramesFor(manifest.ClipSamples),
            FeatureSet = trial.Spec.FeatureSet,
            Licences = [.. manifest.Licences.Union(trial.Spec.Teacher?.Model.Licences ?? [])],
            WeightsBlob = result.WeightsBlob,
            WeightsSha256 = result.WeightsSha256,
            Run = RunId.For(trial.Spec.Trial),
            Metrics = result.Metrics,
            DistilledFrom = trial.Spec.Teacher is { } teacher ? new Lineage(teacher.Name, teacher.Version, teacher.Model.Run, teacher.Model.WeightsSha256) : null,
        };
    }
}
