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
    private static readonly ClipReading AsItStands = new();

    private readonly Dictionary<string, (NpyFile File, SafeFileHandle Handle)> _arrays = [];

    /// <summary>Reads a clip; its samples have the rate given. A clip of zeros has no samples and an empty hash.</summary>
    /// <param name="file">The recording or the imported array; null for a clip of zeros.</param>
    /// <param name="row">Row of the imported array.</param>
    /// <param name="reading">How the clip is made of its file.</param>
    /// <param name="sampleRate">The set's rate, in samples a second.</param>
    /// <param name="clipSamples">Samples of a row, to which the reading may fit it.</param>
    /// <exception cref="BadInputException">The file cannot be read, or has another sample rate and is not to be resampled.</exception>
    public ClipContent Read(string? file, int? row, ClipReading? reading, int sampleRate, int clipSamples)
    {
        if (file is null)
        {
            return new("", [], null);
        }

        if (row is { } number)
        {
            ValueMapping mapping = reading?.Values ?? ValueMapping.Standard;
            byte[] stored = ReadRow(file, number, mapping);
            return new(Hash(stored), null, mapping.Decode(stored));
        }

        byte[] bytes = AudioReader.ReadBytes(file);
        return new(Hash(bytes), (reading ?? AsItStands).Samples(AudioReader.Decode(bytes, file), file, sampleRate, clipSamples), null);
    }

    /// <summary>Reads a clip of a plan.</summary>
    /// <exception cref="BadInputException">The recording is gone, or is not the one that was planned.</exception>
    public ClipContent Read(FeatureSetPlan plan, PlannedClip clip)
    {
        ClipContent content = Read(clip.File, clip.Row, clip.Reading, plan.SampleRate, plan.ClipSamples);
        return content.Sha256 == clip.Sha256
            ? content
            : throw new BadInputException(
                $"{clip.File}: the recording of '{clip.Id}' has changed since the feature set was planned (its hash is {content.Sha256}, expected {clip.Sha256}). Submit again to plan anew.");
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

    private byte[] ReadRow(string path, int row, ValueMapping planned)
    {
        (NpyFile File, SafeFileHandle Handle) array;
        lock (_arrays)
        {
            if (!_arrays.TryGetValue(path, out array))
            {
                array = (NpyFile.OpenRows(path), File.OpenHandle(path));
                _arrays.Add(path, array);
            }
        }

        NpyFile file = array.File;
        return (file.Type, file.Frames, file.Bands) == (planned.Type, planned.Frames, planned.Bands)
            ? file.ReadRow(array.Handle, row)
            : throw new BadInputException($"{path}: found {file.Type} [{file.Frames}, {file.Bands}]; the feature set was planned with {planned.Type} [{planned.Frames}, {planned.Bands}]. Submit again to plan anew.");
    }
}
