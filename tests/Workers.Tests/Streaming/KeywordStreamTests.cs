using Pipeline.Contracts;
using Pipeline.Workers.Streaming;

namespace Pipeline.Workers.Tests.Streaming;

public sealed class KeywordStreamTests
{
    private static readonly string[] Classes = ["_silence_", "_unknown_", "left", "right"];
    private static readonly IReadOnlyList<int> Keywords = KeywordStream.KeywordsOf(Classes);

    [Fact]
    public void Keywords_are_the_classes_without_an_underscore_before_them() => Assert.Equal([2, 3], Keywords);

    [Fact]
    public void Smoothing_is_the_mean_of_the_windows_so_far()
    {
        Posteriors raw = new(2, [1, 0, 0, 1, 1, 0, 0, 1], 1, 0.1);
        Assert.Equal([1, 0, 0.5f, 0.5f, 2 / 3f, 1 / 3f, 1 / 3f, 2 / 3f], raw.Smoothed(3).Values);
        Assert.Equal(raw.Values, raw.Smoothed(0).Values);
        Assert.Equal(raw.Values, raw.Smoothed(1).Values);
    }

    [Fact]
    public void A_window_is_heard_at_its_end_and_what_follows_rests_for_the_refractory_time()
    {
        // Windows end at 1.0, 1.1, 1.2 …: left from the third on, for eight windows.
        Posteriors stream = Stream(20, (2, 2, 8, 0.9f));
        Assert.Equal([new HeardKeyword(2, 1.2, 0.9f)], Rounded(KeywordStream.Hear(stream, Keywords, 0.8, 1)));
        Assert.Equal([1.2, 1.5, 1.8], Rounded(KeywordStream.Hear(stream, Keywords, 0.8, 0.3)).Select(static h => h.Time));
        Assert.Empty(KeywordStream.Hear(stream, Keywords, 0.95, 1));
        Assert.Equal(8, KeywordStream.Hear(stream, Keywords, 0.8, 0).Count);
    }

    [Fact]
    public void The_likeliest_keyword_is_heard_and_other_classes_never_are()
    {
        Posteriors stream = new(4, [0, 0.9f, 0.1f, 0, 0, 0, 0.4f, 0.6f], 1, 0.1);
        Assert.Equal([3], KeywordStream.Hear(stream, Keywords, 0.3, 5).Select(static h => h.Class));
        Assert.Equal([2], KeywordStream.Hear(stream, Keywords, 0.05, 5).Select(static h => h.Class));
    }

    [Fact]
    public void Hits_misses_and_false_alarms_are_counted_by_class_and_place()
    {
        SpokenKeyword[] spoken = [new(2, 10, 11), new(3, 20, 21), new(2, 30, 31), new(3, 40, 41)];
        HeardKeyword[] heard =
        [
            new(2, 9.9, 1),   // before the word begins: a false alarm
            new(2, 11.9, 1),  // within the tolerance: a hit
            new(3, 12, 1),    // nothing of its class is near: a false alarm
            new(2, 20.5, 1),  // another word is spoken there: a false alarm, and that word is missed
            new(2, 30.2, 1),  // a hit
            new(2, 31.9, 1),  // the same word again: a false alarm
            new(3, 42.1, 1),  // after the tolerance: a false alarm and a miss
        ];
        DetPoint point = KeywordStream.Score(heard, spoken, 1, 1800, 0.5);
        Assert.Equal(new DetPoint(0.5, 2, 5, 0.5, 10), point);
    }

    [Fact]
    public void Two_words_close_together_are_each_hit_once()
    {
        SpokenKeyword[] spoken = [new(2, 1, 2), new(2, 2, 3)];
        Assert.Equal(0, KeywordStream.Score([new(2, 2.5, 1), new(2, 2.9, 1)], spoken, 1, 60, 0).Misses);
        Assert.Equal(1, KeywordStream.Score([new(2, 2.5, 1)], spoken, 1, 60, 0).Misses);
        Assert.Equal(0, KeywordStream.Score([new(2, 2.5, 1)], spoken, 1, 60, 0).FalseAlarms);
    }

    [Fact]
    public void A_report_holds_the_threshold_asked_for_and_a_curve_from_everything_heard_to_nothing()
    {
        Posteriors stream = Stream(200, (20, 2, 8, 0.9f), (80, 3, 8, 0.7f), (140, 2, 8, 0.6f));
        SpokenKeyword[] spoken = [new(2, 2.5, 3.5), new(3, 8.5, 9.5)];
        StreamReport report = KeywordStream.Measure(stream, Keywords, spoken, new StreamSettings { SmoothingMs = 100, Threshold = 0.65 }, 20.9, "here");
        Assert.Equal(new DetPoint(0.65, 0, 0, 0, 0), report.AtThreshold);
        Assert.Equal(2, report.Keywords);
        Assert.Equal(200, report.Windows);
        Assert.Equal(report.Curve.Select(static p => p.Threshold).Order(), report.Curve.Select(static p => p.Threshold));
        Assert.Equal((0, 1), (At(report, 0.5).Misses, At(report, 0.5).FalseAlarms));
        Assert.Equal(3600 / 20.9, At(report, 0.5).FalseAlarmsPerHour, 9);
        Assert.Equal((1, 0), (At(report, 0.8).Misses, At(report, 0.8).FalseAlarms));
        Assert.Equal((2, 0), (At(report, 0.99).Misses, At(report, 0.99).FalseAlarms));
    }

    [Fact]
    public void An_empty_stream_has_no_errors_to_divide_by() =>
        Assert.Equal(new DetPoint(0.5, 0, 0, 0, 0), KeywordStream.Score([], [], 1, 0, 0.5));

    private static DetPoint At(StreamReport report, double threshold) => report.Curve.Single(p => p.Threshold == threshold);

    private static IEnumerable<HeardKeyword> Rounded(IEnumerable<HeardKeyword> heard) => heard.Select(static h => h with { Time = Math.Round(h.Time, 9) });

    /// <summary>Silence, but for keywords: from a window on, for so many, with a probability.</summary>
    private static Posteriors Stream(int windows, params (int From, int Class, int Count, float Probability)[] words)
    {
        float[] values = new float[windows * 4];
        for (int w = 0; w < windows; w++)
        {
            values[w * 4] = 1;
            foreach ((int from, int word, int count, float probability) in words.Where(x => w >= x.From && w < x.From + x.Count))
            {
                values[w * 4] = 1 - probability;
                values[(w * 4) + word] = probability;
            }
        }

        return new(4, values, 1, 0.1);
    }
}
