using Pipeline.Contracts;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>The splits as shards name them.</summary>
internal static class SplitNames
{
    private static readonly string[] Names = ["train", "validation", "test", "noise"];

    public static string Of(Split split) => Names[(int)split];

    public static Split Parse(string name, string shard) => Array.IndexOf(Names, name) is var index and >= 0
        ? (Split)index
        : throw new CorruptDataException($"{shard}: found the split '{name}'. Expected one of {string.Join(", ", Names)}. Build the feature set again.");
}
