namespace Pipeline.FeatureStore.Tests;

/// <summary>Folders with the files that emotion corpora really have, by name; the files are empty.</summary>
internal static class EmotionTrees
{
    // TESS: two actresses, seven emotions, two hundred words.
    private static readonly string[] TessEmotions = ["angry", "disgust", "fear", "happy", "neutral", "ps", "sad"];

    // SAVEE: four men, fifteen sentences for each emotion, thirty neutral ones.
    private static readonly (string Letter, int Sentences)[] SaveeEmotions = [("a", 15), ("d", 15), ("f", 15), ("h", 15), ("n", 30), ("sa", 15), ("su", 15)];

    /// <summary>RAVDESS: 24 actors, eight emotions, two sentences twice, and all but neutral in two strengths: 1,440 files of speech.</summary>
    public static void Ravdess(string folder)
    {
        foreach (int actor in Enumerable.Range(1, 24))
        {
            foreach ((int emotion, int strength) in Enumerable.Range(1, 8).SelectMany(static e => Enumerable.Range(1, e == 1 ? 1 : 2).Select(s => (e, s))))
            {
                for (int take = 0; take < 4; take++)
                {
                    Touch(folder, $"Actor_{actor:d2}", $"03-01-{emotion:d2}-{strength:d2}-{1 + (take / 2):d2}-{1 + (take % 2):d2}-{actor:d2}.wav");
                }
            }
        }
    }

    /// <summary>TESS: 2,800 files.</summary>
    public static void Tess(string folder)
    {
        foreach (string speaker in (string[])["OAF", "YAF"])
        {
            foreach (string emotion in TessEmotions)
            {
                for (int word = 0; word < 200; word++)
                {
                    Touch(folder, $"{speaker}_{emotion}", $"{speaker}_{(char)('a' + (word / 26))}{(char)('a' + (word % 26))}_{emotion}.wav");
                }
            }
        }
    }

    /// <summary>SAVEE: 480 files.</summary>
    public static void Savee(string folder)
    {
        foreach (string speaker in (string[])["DC", "JE", "JK", "KL"])
        {
            foreach ((string letter, int sentences) in SaveeEmotions)
            {
                for (int sentence = 1; sentence <= sentences; sentence++)
                {
                    Touch(folder, $"AudioData/{speaker}", $"{letter}{sentence:d2}.wav");
                }
            }
        }
    }

    /// <summary>
    /// IEMOCAP: utterances of five sessions with evaluation files in the real form; as many of each emotion as the corpus has, and some of those that
    /// are left out.
    /// </summary>
    public static void Iemocap(string folder)
    {
        (string Emotion, int Count)[] counts = [("ang", 1103), ("neu", 1708), ("sad", 1084), ("hap", 595), ("exc", 1041), ("fru", 100), ("xxx", 50), ("sur", 20)];
        foreach ((int place, string emotion) in counts.SelectMany(static c => Enumerable.Repeat(c.Emotion, c.Count)).Index())
        {
            (int session, string dialogue) = (1 + (place % 5), $"Ses{1 + (place % 5):d2}{(place % 2 == 0 ? "F" : "M")}_{(place % 3 == 0 ? "impro01" : "script02_1")}");
            string name = $"{dialogue}_{(place / 5 % 2 == 0 ? "F" : "M")}{place:d4}", root = Path.Combine(folder, $"Session{session}");
            string evaluation = Path.Combine(root, "dialog/EmoEvaluation", dialogue + ".txt");
            if (!File.Exists(evaluation))
            {
                Directory.CreateDirectory(Path.Combine(root, "dialog/EmoEvaluation/Categorical"));
                File.WriteAllText(evaluation, "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n");
            }

            File.AppendAllText(evaluation, $"[{place}.2901 - {place}.8957]\t{name}\t{emotion}\t[2.5000, 2.5000, 2.5000]\nC-E2:\tNeutral;\t()\nA-E1:\tval 3; act 2; dom 2;\t()\n\n");
            Touch(root, $"sentences/wav/{dialogue}", name + ".wav");
        }
    }

    private static void Touch(string root, string folder, string name)
    {
        Directory.CreateDirectory(Path.Combine(root, folder));
        File.WriteAllBytes(Path.Combine(root, folder, name), []);
    }
}
