using System.Security.Cryptography;
using System.Text;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>The split by hash of the Speech Commands authors (models.md 2.1): all takes of a speaker fall in one split.</summary>
internal static class SplitRules
{
    private const string TakeMark = "_nohash_";
    private const int MaxClips = (1 << 27) - 1;
    private const double ValidationPercent = 10, TestPercent = 10;

    /// <summary>The speaker of a file name such as <c>0c40e715_nohash_1.wav</c> or <c>backward_0c40e715_nohash_1.wav.wav</c>; empty where there is none.</summary>
    public static string SpeakerOf(string fileName)
    {
        int mark = fileName.IndexOf(TakeMark, StringComparison.Ordinal);
        return mark < 0 ? "" : fileName[(fileName.LastIndexOf('_', Math.Max(0, mark - 1)) + 1)..mark];
    }

    /// <summary>The split of a file name.</summary>
    public static Split Of(SplitRule rule, string fileName)
    {
        int mark = fileName.IndexOf(TakeMark, StringComparison.Ordinal);
        return rule switch
        {
            SplitRule.Official => OfKey(mark < 0 ? fileName : fileName[..mark]),
            SplitRule.SpeakerHash => OfKey("split:" + (mark < 0 ? fileName : SpeakerOf(fileName))),
            SplitRule.TestTrains => OfKey(mark < 0 ? fileName : fileName[..mark]) is Split.Validation ? Split.Validation : Split.Train,
            SplitRule.Test => Split.Test,

            // Decided when all files of a folder are known; see HeadSplit.
            SplitRule.Head => Split.Train,
            _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, null),
        };
    }

    /// <summary>Where in [0, 100] a key falls. The authors' modulus 2^27 leaves only the digest's last 27 bits.</summary>
    public static double PercentileOf(string key)
    {
        byte[] digest = SHA1.HashData(Encoding.UTF8.GetBytes(key));
        int low = ((digest[16] & 7) << 24) | (digest[17] << 16) | (digest[18] << 8) | digest[19];
        return low * (100.0 / MaxClips);
    }

    private static Split OfKey(string key)
    {
        double percentile = PercentileOf(key);
        return percentile < ValidationPercent ? Split.Validation : percentile < ValidationPercent + TestPercent ? Split.Test : Split.Train;
    }
}
