using Pipeline.Contracts;

namespace Pipeline.FeatureStore.Audio;

/// <summary>Reads recordings: WAV by our own reader, FLAC, OGG and MP3 through libsndfile.</summary>
public static class AudioReader
{
    /// <summary>Reads a recording, its channels averaged to one.</summary>
    /// <exception cref="BadInputException">The file is missing, torn, too long or of no known kind.</exception>
    public static AudioClip Read(string path) => throw new NotSupportedException("Not built yet.");
}
