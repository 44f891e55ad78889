using System.Reflection;

namespace Pipeline.Edge.CodeGen;

/// <summary>C files that are part of the assembly.</summary>
internal static class EmbeddedSource
{
    /// <summary>The text of a file by its name.</summary>
    public static string Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new ArgumentException($"No file '{name}' is part of the assembly.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
