using System.Text.Json.Serialization;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>The part of a data set that a row belongs to.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Split>))]
public enum Split
{
    /// <summary>Learned from.</summary>
    Train,

    /// <summary>Chosen by.</summary>
    Validation,

    /// <summary>Reported on.</summary>
    Test,

    /// <summary>Background recordings that augmentation mixes in; never a batch of their own.</summary>
    Noise,
}

/// <summary>How clips are spread over the splits.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<SplitRule>))]
public enum SplitRule
{
    /// <summary>By <c>validation_list.txt</c> and <c>testing_list.txt</c> where both are there, else by the hash of models.md 2.1 (which made those lists).</summary>
    Official,

    /// <summary>The same hash over <c>split:</c> + speaker, for archives whose clips all hash to one official split (the test archive).</summary>
    SpeakerHash,

    /// <summary>Every clip is a test clip.</summary>
    Test,

    /// <summary>As official, but what would test trains too (models.md 7.3); the test comes from elsewhere, by a mix.</summary>
    TestTrains,

    /// <summary>
    /// Of each folder the first 80 % of the files, rounded down, train, by the order of their names; the rest tests and nothing validates (models.md
    /// 4.2). Speakers are in both.
    /// </summary>
    Head,
}
