using System.Buffers.Binary;
using System.Text;
using Pipeline.Contracts;

namespace Pipeline.EndToEnd.Tests;

/// <summary>A folder with recordings of tones in three classes, a pipeline.yaml and a sweep.yaml: small, real and done in seconds.</summary>
internal sealed class Workspace : IDisposable
{
    public const int ClipsPerClass = 40;
    private const int SampleRate = 16_000;

    private static readonly (string Name, double Hertz)[] Tones = [("high", 1600), ("low", 200), ("middle", 600)];

    public Workspace()
    {
        Folder = Directory.CreateTempSubdirectory("pipeline-e2e-").FullName;
        Line = new CommandLine(Folder);
        for (int tone = 0; tone < Tones.Length; tone++)
        {
            WriteClass(tone);
        }

        Write("pipeline.yaml", """
            workers: { local: 2 }
            data:
              tones: { folder: { path: tones } }
            featureSets:
              tones: { data: tones, frontEnd: log-mel-40-torchaudio }
            """);
        Write("sweep.yaml", """
            name: tones
            model: bc-resnet
            featureSet: tones
            search: { method: grid }
            parameters:
              train.learningRate: { choice: [0.02, 0.05, 0.1] }
            train: { epochs: 3, batchSize: 16, schedule: { warmupEpochs: 1, decay: cosine } }
            register: { model: tones, alias: challenger }
            """);
    }

    public string Folder { get; }

    public CommandLine Line { get; }

    public string PathOf(string name) => Path.Combine(Folder, name);

    public void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    public void Replace(string name, string old, string replacement)
    {
        string text = File.ReadAllText(PathOf(name));
        Assert.Contains(old, text, StringComparison.Ordinal);
        Write(name, text.Replace(old, replacement, StringComparison.Ordinal));
    }

    /// <summary>Adds another take of recordings, which differs by a bit.</summary>
    public void AddTakes(int count)
    {
        foreach (string file in Directory.GetFiles(PathOf("tones"), "*_nohash_0.wav", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(count))
        {
            byte[] sound = File.ReadAllBytes(file);
            sound[^1] ^= 1;
            File.WriteAllBytes(file.Replace("_nohash_0", "_nohash_1", StringComparison.Ordinal), sound);
        }
    }

    /// <summary>One shard file of the built feature set.</summary>
    public string FirstShard() =>
        Directory.EnumerateFiles(PathOf(".pipeline"), "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    public static byte[] Wav(ReadOnlySpan<short> samples, int sampleRate = SampleRate)
    {
        byte[] file = new byte[44 + (samples.Length * 2)];
        Span<byte> header = file;
        Encoding.ASCII.GetBytes("RIFF", header);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], file.Length - 8);
        Encoding.ASCII.GetBytes("WAVEfmt ", header[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(header[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(header[24..], sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(header[28..], sampleRate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(header[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(header[34..], 16);
        Encoding.ASCII.GetBytes("data", header[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], samples.Length * 2);
        for (int i = 0; i < samples.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(header[(44 + (2 * i))..], samples[i]);
        }

        return file;
    }

    private void WriteClass(int tone)
    {
        string folder = PathOf($"tones/{Tones[tone].Name}");
        Directory.CreateDirectory(folder);
        short[] samples = new short[SampleRate];
        for (int clip = 0; clip < ClipsPerClass; clip++)
        {
            StableRandom random = StableRandom.For(1, "tone", tone, clip);
            double hertz = Tones[tone].Hertz * random.NextDouble(0.8, 1.25);
            for (int i = 0; i < samples.Length; i++)
            {
                samples[i] = (short)(6000 * (Math.Sin(2 * Math.PI * hertz * i / SampleRate) + random.NextDouble(-1, 1)));
            }

            File.WriteAllBytes(Path.Combine(folder, $"{(tone * 1000) + clip:x8}_nohash_0.wav"), Wav(samples));
        }
    }
}
