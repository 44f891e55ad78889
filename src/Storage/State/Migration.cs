using System.Globalization;
using System.Reflection;

namespace Pipeline.Storage.State;

/// <summary>One numbered step of the schema: a file <c>NNNN-name.sql</c> in the folder Migrations, applied once and never edited after a release.</summary>
internal sealed record Migration(int Number, string Name, string Sql)
{
    private const string Folder = ".State.Migrations.";

    /// <summary>The steps embedded in this assembly, in order.</summary>
    /// <exception cref="InvalidOperationException">Two files share a number.</exception>
    public static IReadOnlyList<Migration> All { get; } = Read(typeof(Migration).Assembly);

    private static List<Migration> Read(Assembly assembly)
    {
        List<Migration> migrations = [];
        foreach (string resource in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)))
        {
            string file = resource[(resource.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..];
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            using StreamReader reader = new(stream);
            migrations.Add(new(int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture), file[5..^4], reader.ReadToEnd()));
        }

        migrations.Sort((a, b) => a.Number.CompareTo(b.Number));
        return migrations.Select(m => m.Number).Distinct().Count() == migrations.Count
            ? migrations
            : throw new InvalidOperationException("Two schema migrations share a number: " + string.Join(", ", migrations));
    }
}
