namespace Pipeline.Storage.Blobs;

/// <summary>A part of a blob.</summary>
/// <param name="Bytes">What was asked for; fewer where the blob ends before, none where it ends before the first.</param>
/// <param name="BlobLength">How many bytes the whole blob has.</param>
/// <param name="Version">Another after each write of the blob: parts of one version belong together.</param>
public sealed record BlobRange(byte[] Bytes, long BlobLength, string Version);
