using System.Text.RegularExpressions;
using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Datasets;

/// <summary>How a corpus names its files, and on what terms it is given.</summary>
/// <param name="Title">Its name, for messages.</param>
/// <param name="Licence">Its terms.</param>
/// <param name="Name">
/// Over the path under the corpus' folder: the groups <c>speaker</c>, <c>class</c> and <c>word</c>, and <c>left</c> where the recording belongs to
/// a part of the corpus that is left out.
/// </param>
/// <param name="Example">A file name as the rule wants it.</param>
/// <param name="Classes">Class names by what stands for them in a file name.</param>
internal sealed record CorpusRule(string Title, string Licence, Regex Name, string Example, IReadOnlyDictionary<string, string> Classes)
{
    private static readonly Dictionary<Corpus, CorpusRule> Rules = new()
    {
        [Corpus.Emodb] = new(
            "EMO-DB",
            "free for research (Burkhardt et al. 2005)",
            Rule(@"(^|/)(?<speaker>\d\d)(?<word>[ab]\d\d)(?<class>[WLEAFTN])[a-z]?\.\w+$"),
            "03a01Fa.wav",
            Names("W anger, L boredom, E disgust, A fear, F happiness, T sadness, N neutral")),

        // Vocal channel 02 is song, which has other emotions; models.md 5.2 takes speech alone.
        [Corpus.Ravdess] = new(
            "RAVDESS",
            "CC BY-NC-SA 4.0",
            Rule(@"(^|/)03-(01|(?<left>02))-(?<class>0[1-8])-0[12]-(?<word>0[12])-0[12]-(?<speaker>\d\d)\.\w+$"),
            "03-01-06-01-02-01-12.wav",
            Names("01 neutral, 02 calm, 03 happiness, 04 sadness, 05 anger, 06 fear, 07 disgust, 08 surprise")),

        // One file of the corpus as given out, OA_bite_neutral.wav, has lost a letter of its speaker.
        [Corpus.Tess] = new(
            "TESS",
            "CC BY-NC-ND 4.0",
            Rule(@"(^|/)(?<speaker>YAF|OAF?)_(?<word>[a-z]+)_(?<class>angry|disgust|fear|happy|neutral|ps|sad)\.\w+$"),
            "OAF_back_angry.wav",
            Names("angry anger, disgust disgust, fear fear, happy happiness, neutral neutral, ps surprise, sad sadness")),

        // A folder for each speaker, or the speaker before the name.
        [Corpus.Savee] = new(
            "SAVEE",
            "free for research (Haq and Jackson 2009)",
            Rule(@"(^|/)(?<speaker>DC|JE|JK|KL)[/_](?<class>a|d|f|h|n|sa|su)(?<word>\d\d)\.\w+$"),
            "DC/sa01.wav or DC_sa01.wav",
            Names("a anger, d disgust, f fear, h happiness, n neutral, sa sadness, su surprise")),

        [Corpus.Fsdd] = new(
            "Free Spoken Digit Dataset",
            "CC BY-SA 4.0",
            Rule(@"(^|/)(?<class>(?<word>\d))_(?<speaker>[a-z]+)_\d+\.\w+$"),
            "7_jackson_32.wav",
            Names("0 0, 1 1, 2 2, 3 3, 4 4, 5 5, 6 6, 7 7, 8 8, 9 9")),

        // Its labels stand in files of their own; see IemocapScanner.
        [Corpus.Iemocap] = new("IEMOCAP", "free for research, by agreement with USC (Busso et al. 2008)", Rule(@"(?!)"), "", new Dictionary<string, string>()),
    };

    /// <summary>The rule of a corpus.</summary>
    public static CorpusRule Of(Corpus corpus) => Rules[corpus];

    /// <summary>
    /// What a file is, by its path under the corpus' folder, folders parted by <c>/</c>; null where it belongs to a part that is left out.
    /// </summary>
    /// <exception cref="BadInputException">The name does not follow the rule.</exception>
    public CorpusClip? Read(string path)
    {
        Match match = Name.Match(path);
        if (!match.Success)
        {
            throw new BadInputException(
                $"{path}: no name of {Title}. Expected one as {Example}. Give the folder that holds the corpus alone, or take the file away.");
        }

        string speaker = match.Groups["speaker"].Value;
        return match.Groups["left"].Success
            ? null
            : new(Classes[match.Groups["class"].Value], match.Groups["word"].Value, speaker == "OA" ? "OAF" : speaker);
    }

    private static Regex Rule(string pattern) => new(pattern, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static Dictionary<string, string> Names(string pairs) =>
        pairs.Split(", ").Select(static pair => pair.Split(' ')).ToDictionary(static p => p[0], static p => p[1]);
}

/// <summary>What a file name of a corpus says.</summary>
/// <param name="Class">The class.</param>
/// <param name="Word">What is said: a word, or the number of a sentence.</param>
/// <param name="Speaker">Who says it.</param>
internal sealed record CorpusClip(string Class, string Word, string Speaker);
