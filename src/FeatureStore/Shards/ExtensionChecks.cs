using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Shards;

/// <summary>Holds a recipe against the set that it goes on from: rows of both must be of one kind.</summary>
internal static class ExtensionChecks
{
    /// <summary>Refuses what differs.</summary>
    /// <exception cref="BadInputException">The message names the key of the recipe.</exception>
    public static void Check(FeatureSetPlan older, FeatureSetPlan newer, string name)
    {
        void Same(string key, string found, string expected)
        {
            if (found != expected)
            {
                throw Refuse(name, $"{key}: {found}", expected);
            }
        }

        Same("augment", Content(newer), Content(older));
        Same("frontEnd", newer.FrontEnd ?? $"one of {newer.SampleRate} Hz", older.FrontEnd ?? $"one of {older.SampleRate} Hz");
        Same("type", newer.RowFormat.ToString(), older.RowFormat.ToString());
        Same("data (clipSeconds)", Seconds(newer), Seconds(older));
        Same("augment", Chain(newer.StoredAugment), Chain(older.StoredAugment));
        if (newer.StoredAugment?.Copies < older.StoredAugment?.Copies)
        {
            throw Refuse(name, $"augment.copies: {newer.StoredAugment.Copies}", $"{older.StoredAugment.Copies} or more");
        }
    }

    /// <summary>A refusal in the words that all of them have.</summary>
    public static BadInputException Refuse(string name, string found, string expected) =>
        new($"extends: {name} does not fit the rest of the feature set. Found {found}; expected {expected}.");

    private static string Content(FeatureSetPlan plan) => plan.Content == ShardContent.Audio
        ? "waveform steps with when: training, which make a set of audio"
        : "no waveform steps with when: training, which makes a set of features";

    private static string Seconds(FeatureSetPlan plan) => FormattableString.Invariant($"{(double)plan.ClipSamples / plan.SampleRate}");

    private static string Chain(AugmentSpec? stored) => stored is null
        ? "no stored copies"
        : FormattableString.Invariant($"when: stored, probability {stored.Probability}, {string.Join(", ", stored.Steps)}");
}
