using System.Net;
using Npgsql;
using Pipeline.Contracts;

namespace Pipeline.Storage.State;

/// <summary>Reads connection strings, and refuses to send passwords and state over a network in the clear.</summary>
internal static class PostgresSettings
{
    /// <summary>The settings of a connection string. A server elsewhere is reached over TLS, by default with its certificate and name checked.</summary>
    /// <exception cref="BadInputException">It is malformed, names no host or database, or waives TLS for a server elsewhere.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            // Npgsql names the key, never its value, which may be a password.
            throw new BadInputException($"state.postgres: {e.Message} Expected Host=...;Database=...;Username=...", e);
        }

        if (string.IsNullOrEmpty(settings.Host) || string.IsNullOrEmpty(settings.Database))
        {
            throw new BadInputException("state.postgres: found no host or no database; expected Host=...;Database=...;Username=...");
        }

        if (settings.Host.Split(',').All(IsHere))
        {
            return settings;
        }

        // Npgsql's default: TLS where the server happens to offer it.
        if (settings.SslMode == SslMode.Prefer)
        {
            settings.SslMode = SslMode.VerifyFull;
        }

        return settings.SslMode is SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull
            ? settings
            : throw new BadInputException(
                $"state.postgres: found SSL Mode={settings.SslMode} for the server '{settings.Host}', which is not this machine; expected VerifyFull, VerifyCA or Require.");
    }

    // A path is a socket in the file system.
    private static bool IsHere(string host) => host.StartsWith('/') || host.StartsWith('@') || host == "localhost"
        || (IPAddress.TryParse(host.Contains(':', StringComparison.Ordinal) ? host.Trim('[', ']') : host, out IPAddress? address) && IPAddress.IsLoopback(address));
}
