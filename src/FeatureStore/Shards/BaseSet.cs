using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Shards;

/// <summary>A set that another goes on from, and how much of the other's plan is its.</summary>
/// <param name="Id">The set.</param>
/// <param name="Clips">So many clips of the plan, from the first, are its.</param>
/// <param name="Classes">So many classes.</param>
/// <param name="Copies">Copies of each training clip that it stores; null where it stores none.</param>
/// <param name="RowsPerShard">Rows in each of its own shards but the last.</param>
public sealed record BaseSet(FeatureSetId Id, int Clips, int Classes, int? Copies, int RowsPerShard)
{
    /// <summary>The most sets that one may go on from, one after the other.</summary>
    public const int Most = 64;

    /// <summary>How much of a plan is a finished plan's.</summary>
    public static BaseSet Of(FeatureSetPlan plan) => new(plan.Id, plan.Clips.Count, plan.Classes.Count, plan.StoredAugment?.Copies, plan.RowsPerShard);

    /// <summary>The set's own plan.</summary>
    /// <param name="plan">The plan of a set that goes on from it.</param>
    /// <param name="age">How many of <see cref="FeatureSetPlan.Extends"/> come before it.</param>
    internal FeatureSetPlan PlanIn(FeatureSetPlan plan, int age) => plan with
    {
        Id = Id,
        Clips = [.. plan.Clips.Take(Clips)],
        Classes = [.. plan.Classes.Take(Classes)],
        StoredAugment = Copies is { } copies ? plan.StoredAugment! with { Copies = copies } : null,
        RowsPerShard = RowsPerShard,
        Extends = age == 0 ? null : [.. plan.Extends!.Take(age)],
    };

    /// <summary>Whether a plan has as much as this takes of it.</summary>
    internal bool FitsIn(FeatureSetPlan plan) => Clips >= 0 && Clips <= plan.Clips.Count && Classes >= 0 && Classes <= plan.Classes.Count
        && RowsPerShard > 0 && Copies is null == plan.StoredAugment is null;
}
