using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Contracts;
using Pipeline.Storage.State;

namespace Pipeline.Orchestrator.Access;

/// <summary>A token as it is listed: everything but the token itself, which nobody knows but its holder.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">What its holder may do.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Expires">When it ends; null: when it is revoked.</param>
public sealed record TokenRecord(string Name, Role Role, DateTimeOffset Created, DateTimeOffset? Expires);

/// <summary>
/// The bearer tokens of the state database, within one transaction. Stored is the SHA-256 of a token: 256 random bits need no slow hash, which is
/// there to make the guessing of passwords dear.
/// </summary>
public sealed partial class TokenStore(StateTransaction transaction)
{
    private const string Prefix = "pipeline_";
    private const int RandomBytes = 32;

    /// <summary>Longer than any token of ours: what is longer is not looked up.</summary>
    private const int MaxLength = 100;

    /// <summary>Makes a token; gives it, the only time that anyone sees it.</summary>
    /// <exception cref="BadInputException">The name is taken, or is none.</exception>
    public async Task<string> CreateAsync(string name, Role role, DateTimeOffset now, DateTimeOffset? expires)
    {
        if (!NameForm().IsMatch(name))
        {
            throw new BadInputException($"'{name}' cannot name a token: expected 1 to 64 letters, digits, dots, dashes and underscores.");
        }

        string token = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        int added = await transaction.ExecuteAsync(
            "INSERT INTO tokens (name, hash, role, created, expires) VALUES (@name, @hash, @role, @created, @expires) ON CONFLICT (name) DO NOTHING",
            new { name, hash = HashOf(token), role = StateName.Of(role), created = now.ToUnixTimeMilliseconds(), expires = expires?.ToUnixTimeMilliseconds() });
        return added > 0 ? token : throw new BadInputException($"There is a token '{name}' already. Revoke it first, or take another name.");
    }

    /// <summary>All tokens by name.</summary>
    public async Task<IReadOnlyList<TokenRecord>> ListAsync() =>
        [.. (await transaction.QueryAsync<Row>("SELECT name, role, created, expires FROM tokens ORDER BY name", new { })).Select(static r => r.Token)];

    /// <summary>Takes a token's rights away; gives whether there was one of that name.</summary>
    public async Task<bool> RevokeAsync(string name) => await transaction.ExecuteAsync("DELETE FROM tokens WHERE name = @name", new { name }) > 0;

    /// <summary>The token that a text is; null where it is none, or one that has ended.</summary>
    public async Task<TokenRecord?> FindAsync(string token, DateTimeOffset now) => token.Length > MaxLength
        ? null
        : (await transaction.QuerySingleOrDefaultAsync<Row>(
            "SELECT name, role, created, expires FROM tokens WHERE hash = @hash AND (expires IS NULL OR expires > @now)",
            new { hash = HashOf(token), now = now.ToUnixTimeMilliseconds() }))?.Token;

    private static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}\\z")]
    private static partial Regex NameForm();

    private sealed class Row
    {
        public string Name { get; init; } = "";

        public string Role { get; init; } = "";

        public long Created { get; init; }

        public long? Expires { get; init; }

        public TokenRecord Token => new(
            Name,
            StateName.Parse<Role>(Role),
            DateTimeOffset.FromUnixTimeMilliseconds(Created),
            Expires is { } expires ? DateTimeOffset.FromUnixTimeMilliseconds(expires) : null);
    }
}
