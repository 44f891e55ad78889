using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Tests;

public sealed class SplitRuleTests
{
    [Theory]
    [InlineData("026290a7", 0.682154, Split.Validation)]
    [InlineData("0c40e715", 16.395044, Split.Test)]
    [InlineData("bb05582b", 18.132679, Split.Test)]
    [InlineData("5744b6a7", 14.460921, Split.Test)]
    [InlineData("0a7c2a8d", 56.836387, Split.Train)]
    [InlineData("00176480", 69.798155, Split.Train)]
    [InlineData("bobby", 94.174787, Split.Train)]
    [InlineData("foo.wav", 35.580487, Split.Train)]
    public void The_published_keys_fall_where_they_should(string key, double percentile, Split split)
    {
        Assert.Equal(percentile, SplitRules.PercentileOf(key), 6);
        Assert.Equal(split, SplitRules.Of(SplitRule.Official, key));
        Assert.Equal(split, SplitRules.Of(SplitRule.Official, key + "_nohash_3.wav"));
    }

    [Theory]
    [InlineData("0c40e715_nohash_1.wav", "0c40e715")]
    [InlineData("backward_0c540988_nohash_0.wav.wav", "0c540988")]
    [InlineData("1024.wav", "")]
    public void The_speaker_stands_before_the_take(string file, string speaker) => Assert.Equal(speaker, SplitRules.SpeakerOf(file));
}
