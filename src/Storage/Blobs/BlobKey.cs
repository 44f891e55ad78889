using Pipeline.Contracts;

namespace Pipeline.Storage.Blobs;

/// <summary>The one check of blob keys, so that every store takes and refuses the same.</summary>
public static class BlobKey
{
    /// <summary>Keys travel in URLs and become paths: 512 characters fit both on every store.</summary>
    public const int MaxLength = 512;

    // A segment is a folder's or a file's name, of which Linux takes no more.
    private const int MaxSegment = 255;

    /// <summary>Gives the key back where it is well formed.</summary>
    /// <exception cref="BadInputException">It is not: the message says why.</exception>
    public static string Check(string key)
    {
        if (string.IsNullOrEmpty(key) || key.Length > MaxLength)
        {
            throw new BadInputException($"A blob key has 1 to {MaxLength} characters; found {key?.Length ?? 0}.");
        }

        foreach (string segment in key.Split('/'))
        {
            if (segment.Length is 0 or > MaxSegment || segment[0] == '.' || !segment.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            {
                throw new BadInputException(
                    $"'{key}' is not a blob key: found the segment '{segment}'. " +
                    $"Expected segments of 1 to {MaxSegment} letters, digits, dots, dashes and underscores that do not begin with a dot, joined by slashes.");
            }
        }

        return key;
    }
}
