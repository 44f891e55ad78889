using System.Runtime.InteropServices;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;
using Pipeline.FeatureStore.FrontEnds;

namespace Pipeline.FeatureStore.Tests;

public sealed class SpectralFrontEndTests
{
    // Of the recorded clips: tones, noise and a voice. Silence has no spectrum to differ in.
    public static TheoryData<int> Clips => [0, 1, 3];

    [Theory]
    [MemberData(nameof(Clips))]
    public void Librosas_front_ends_1B_agree_with_their_definition(int clip)
    {
        float[] signal = Clip(clip)[4_000..12_000];
        Agrees("log-mel-128-librosa-22k", signal, PlainSpectra.Decibels(PlainSpectra.LibrosaMel(signal, 22_050, reflected: false)), 1e-3);
        double[][] db22 = PlainSpectra.Decibels(PlainSpectra.LibrosaMel(signal, 22_050, reflected: false));
        Agrees("mfcc-39-librosa-22k", signal, PlainSpectra.Cosines(db22, 39, orthonormal: true), 1e-3);
        double[][] mel16 = PlainSpectra.LibrosaMel(signal, 16_000, reflected: true);
        double[][] cepstra = PlainSpectra.Cosines(PlainSpectra.Decibels(mel16), 13, orthonormal: true);
        Agrees("mfcc-13-librosa-16k", signal, cepstra, 1e-3);
        IEnumerable<double[]> first = cepstra[..12].Select(static row => PlainSpectra.Difference(row, 1));
        IEnumerable<double[]> second = cepstra[..12].Select(static row => PlainSpectra.Difference(row, 2));
        Agrees("mel-128-delta-24-librosa-16k", signal, [.. mel16, .. first, .. second], 1e-3);
    }

    [Theory]
    [MemberData(nameof(Clips))]
    public void Tensorflows_and_arms_front_ends_1C_to_1E_agree_with_their_definition(int clip)
    {
        float[] signal = Clip(clip);
        double[] x = [.. signal.Select(static s => (double)s)];
        static double[][] Log(double[][] mel, Func<double, double> log) => [.. mel.Select(row => row.Select(log).ToArray())];
        double[][] short10 = Log(PlainSpectra.MagnitudeMel(x, 480, 160, 512, firstBin: 2), static e => Math.Log(Math.Max(e, 1e-12)));
        Agrees("mfcc-40-tf-30x10", signal, PlainSpectra.Cosines(short10, 40, orthonormal: false), 2e-4);
        double[][] long20 = Log(PlainSpectra.MagnitudeMel(x, 640, 320, 1024, firstBin: 2), static e => Math.Log(Math.Max(e, 1e-12)));
        Agrees("mfcc-10-tf-40x20", signal, PlainSpectra.Cosines(long20, 10, orthonormal: false), 2e-4);
        double[][] arm = Log(PlainSpectra.MagnitudeMel(x, 640, 320, 1024, firstBin: 1), static e => Math.Log(e));
        Agrees("mfcc-10-arm-40x20", signal, PlainSpectra.Cosines(arm, 10, orthonormal: false), 2e-4);
        double[] loud = [.. x.Select(s => s / x.Max())];
        double[][] tiny = Log(PlainSpectra.MagnitudeMel(loud, 480, 320, 512, firstBin: 1), static e => Math.Log(e + 1e-6));
        Agrees("mfcc-10-mlperf-tiny", signal, PlainSpectra.Cosines(tiny, 10, orthonormal: false), 2e-4);
    }

    [Theory]
    [InlineData("log-mel-128-librosa-22k", 100_000, 128, 196)]
    [InlineData("mfcc-39-librosa-22k", 100_000, 39, 196)]
    [InlineData("mfcc-13-librosa-16k", 24_000, 13, 47)]
    [InlineData("mel-128-delta-24-librosa-16k", 16_000, 152, 32)]
    [InlineData("mel-128-delta-24-librosa-16k", 92_585, 152, 181)]
    [InlineData("mfcc-40-tf-30x10", 16_000, 40, 98)]
    [InlineData("mfcc-10-tf-40x20", 16_000, 10, 49)]
    [InlineData("mfcc-10-mlperf-tiny", 16_000, 10, 49)]
    [InlineData("mfcc-10-arm-40x20", 16_000, 10, 49)]
    public void Shapes_are_those_that_the_models_take(string name, int samples, int bands, int frames)
    {
        IFrontEnd frontEnd = FrontEnds.FrontEnds.Get(name);
        Assert.Equal((bands, frames), (frontEnd.Bands, frontEnd.FramesFor(samples)));
        var features = new float[bands * frames];
        frontEnd.Compute(new float[samples], features);
        Assert.All(features, static f => Assert.True(float.IsFinite(f)));
        Assert.Throws<ArgumentOutOfRangeException>(() => frontEnd.FramesFor(frontEnd.MinSamples - 1));
        frontEnd.Compute(new float[frontEnd.MinSamples], new float[bands * frontEnd.FramesFor(frontEnd.MinSamples)]);
    }

    // The set's authors stored x / scale + zero point of their int8 model, the fraction cut off and what does not fit wrapped around. Frames of zeros
    // give whole numbers, where the last bit decides.
    [RealDataFact]
    public void The_thousand_inputs_of_mlperf_tiny_come_out_of_their_recordings()
    {
        const double scale = 0.5847029089927673, zeroPoint = 83, slack = 0.002;
        IFrontEnd frontEnd = FrontEnds.FrontEnds.Get("mfcc-10-mlperf-tiny");
        (int equal, int values) = (0, 0);
        List<string> off = [];
        foreach (string[] cells in File.ReadLines(Path.Combine(RealData.MlperfTiny, "clips.tsv")).Skip(1).Select(static line => line.Split('\t')))
        {
            byte[] stored = File.ReadAllBytes(Path.Combine(RealData.MlperfTiny, "kws01-open", "mfcc", cells[0]));
            var found = new float[490];
            frontEnd.Compute(AudioReader.Read(Path.Combine(RealData.TestArchive, cells[1].Split(' ', ',', ';')[0])).FitTo(16_000), found);
            for (int i = 0; i < 490; i++, values++)
            {
                double quantised = (found[((i % 10) * 49) + (i / 10)] / scale) + zeroPoint;
                bool Fits(double value) => unchecked((byte)(int)Math.Truncate(value)) == stored[i];
                equal += Fits(quantised) ? 1 : 0;
                if (!Fits(quantised - slack) && !Fits(quantised + slack))
                {
                    off.Add($"{cells[0]}[{i}]: {quantised}, stored {(sbyte)stored[i]}");
                }
            }
        }

        Assert.Equal(490_000, values);
        Assert.Empty(off);
        Assert.True(equal >= 0.995 * values, $"{equal} of {values} equal");
    }

    [Fact]
    public async Task Clips_too_short_for_a_front_end_are_refused_saying_how_long_they_must_be()
    {
        using var folder = new TemporaryFolder();
        TinyData.Write(folder.Path);
        FolderData data = new() { Path = folder.Path, ClipSeconds = 0.2, Fit = ClipFit.Head };
        BadInputException e = await Assert.ThrowsAsync<BadInputException>(() => TinyData.Plan(data, null, "mel-128-delta-24-librosa-16k"));
        Assert.Contains("clips have 3200 samples. Expected 4096 or more", e.Message, StringComparison.Ordinal);
        Assert.Contains("clipSeconds of 0.256", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Boards_have_no_code_for_them_and_say_so_by_name()
    {
        foreach (string name in FrontEnds.FrontEnds.All.OfType<SpectralFrontEnd>().Select(static f => f.Name))
        {
            BadInputException e = Assert.Throws<BadInputException>(() => FrontEnds.FrontEnds.TablesOf(name));
            Assert.Contains($"'{name}' has no code for boards. Expected one of log-mel-40-torchaudio", e.Message, StringComparison.Ordinal);
        }
    }

    private static void Agrees(string name, float[] signal, double[][] expected, double tolerance)
    {
        IFrontEnd frontEnd = FrontEnds.FrontEnds.Get(name);
        var found = new float[frontEnd.Bands * frontEnd.FramesFor(signal.Length)];
        frontEnd.Compute(signal, found);
        double[] plain = [.. expected.SelectMany(static row => row)];
        Assert.Equal(plain.Length, found.Length);
        double worst = plain.Zip(found, static (e, f) => Math.Abs(e - f) / Math.Max(1, Math.Abs(e) / 100)).Max();
        Assert.True(worst <= tolerance, $"{name}: off by {worst:g3}");
    }

    private static float[] Clip(int clip) =>
        [.. MemoryMarshal.Cast<byte, short>(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Golden", "log-mel-clips.bin")))
            .Slice(clip * 16_000, 16_000).ToArray().Select(static s => s / 32768f)];
}
