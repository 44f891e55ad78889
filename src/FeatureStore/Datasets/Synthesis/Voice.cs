using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets.Synthesis;

/// <summary>A synthetic speaker: an accent, a variant, a pitch and a pace of espeak-ng, drawn from the seed and the speaker's number.</summary>
internal sealed record Voice(string Speaker, string Name, int Pitch, int WordsPerMinute)
{
    private static readonly string[] Accents = ["en-029", "en-gb", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-gb-x-rp", "en-us"];

    // The variants that sound like people; the others are robots and whispers.
    private static readonly string[] Variants =
    [
        "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "Alex", "Alicia", "Andrea", "Andy", "Annie", "Denis", "Gene",
        "Hugo", "Lee", "Marco", "Michael", "Mike", "adam", "anika", "belinda", "benjamin", "david", "john", "linda", "paul", "robert", "steph", "victor",
    ];

    public static Voice Of(ulong seed, int number)
    {
        StableRandom random = StableRandom.For(seed, "voice", number);
        return new(SpeakerOf(seed, number), $"{Accents[random.NextInt(Accents.Length)]}+{Variants[random.NextInt(Variants.Length)]}", 25 + random.NextInt(51), 120 + random.NextInt(71));
    }

    // Speakers are named as in Speech Commands, by eight hex digits whose hash decides the official split. The first name that hashes to the split
    // wanted is taken: of every ten speakers one for validation and one for testing, so that even a small set has all three.
    private static string SpeakerOf(ulong seed, int number)
    {
        Split wanted = (number % 10) switch
        {
            3 => Split.Validation,
            4 => Split.Test,
            _ => Split.Train,
        };
        for (int attempt = 0; ; attempt++)
        {
            string speaker = $"{(uint)StableRandom.Derive(seed, "speaker", number, attempt):x8}";
            if (SplitRules.Of(SplitRule.Official, $"{speaker}_nohash_0.wav") == wanted)
            {
                return speaker;
            }
        }
    }
}
