using System.Security.Cryptography;
using System.Text;
using Pipeline.Contracts;

namespace Pipeline.Edge.Artifacts;

/// <summary>Signs manifests with a key of this deployment: ECDSA on P-256 over SHA-256 (FIPS 186-4). A device runs only what is signed.</summary>
public sealed class ManifestSigner : IDisposable
{
    private readonly ECDsa _key;

    private ManifestSigner(ECDsa key) => _key = key;

    /// <summary>The public key, PEM, that devices are given.</summary>
    public string PublicKey => _key.ExportSubjectPublicKeyInfoPem();

    /// <summary>Opens the key file, which is made where it is absent, readable by its owner alone.</summary>
    /// <exception cref="CorruptDataException">The file holds no such key.</exception>
    public static ManifestSigner Open(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return new ManifestSigner(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new CorruptDataException($"'{path}' holds no signing key: {e.Message} Restore it; a new key means that every device must be given the new public key.", e);
        }
    }

    /// <summary>The signature of a manifest's bytes.</summary>
    public byte[] Sign(ReadOnlySpan<byte> manifest) => _key.SignData(manifest, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Whether a signature belongs to the bytes and the key.</summary>
    /// <param name="publicKey">PEM.</param>
    /// <param name="manifest">The manifest's bytes.</param>
    /// <param name="signature">What <see cref="Sign"/> gave.</param>
    public static bool Verify(string publicKey, ReadOnlySpan<byte> manifest, ReadOnlySpan<byte> signature)
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(publicKey);
        return key.VerifyData(manifest, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>Writes a new key beside its place and moves it there; of two that do so at once, the first one's key stays.</summary>
    private static void Create(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(temporary, options))
        {
            file.Write(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
            file.Flush(flushToDisk: true);
        }

        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }
}
