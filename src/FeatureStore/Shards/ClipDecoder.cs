using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.Datasets;

namespace Pipeline.FeatureStore.Shards;

/// <summary>A clip's content: a waveform, or ready-made features [bands, frames].</summary>
internal sealed record ClipContent(string Sha256, float[]? Samples, float[]? Features);

/// <summary>Reads and hashes clips. Keeps imported arrays open; safe for any number of threads.</summary>
internal sealed class ClipDecoder : IDisposable
{
    private readonly Dictionary<string, (NpyFile File, SafeFileHandle Handle)> _arrays = [];

    /// <summary>Reads a clip and checks its rate. A clip of zeros has no samples and an empty hash.</summary>
    /// <exception cref="BadInputException">The file cannot be read, or has another sample rate.</exception>
    public ClipContent Read(string? file, int? row, int sampleRate)
    {
        if (file is null)
        {
            return new("", [], null);
        }

        if (row is { } number)
        {
            byte[] stored = ReadRow(file, number);
            var features = new float[ImportedFeatures.RowBytes];
            ImportedFeatures.Decode(stored, features);
            return new(Hash(stored), null, features);
        }

        byte[] bytes = AudioReader.ReadBytes(file);
        AudioClip clip = AudioReader.Decode(bytes, file);
        return clip.SampleRate == sampleRate
            ? new(Hash(bytes), clip.Samples, null)
            : throw new BadInputException(
                $"{file}: the recording has {clip.SampleRate} Hz. Expected {sampleRate} Hz, which the front end takes. Convert it (sox in.wav -r {sampleRate} out.wav).");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((NpyFile _, SafeFileHandle handle) in _arrays.Values)
        {
            handle.Dispose();
        }
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private byte[] ReadRow(string path, int row)
    {
        (NpyFile File, SafeFileHandle Handle) array;
        lock (_arrays)
        {
            if (!_arrays.TryGetValue(path, out array))
            {
                array = (NpyFile.OpenRows(path, ImportedFeatures.Frames, ImportedFeatures.Bands), File.OpenHandle(path));
                _arrays.Add(path, array);
            }
        }

        return array.File.ReadRow(array.Handle, row);
    }
}
