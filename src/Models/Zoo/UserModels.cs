using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Pipeline.Contracts;

namespace Pipeline.Models.Zoo;

/// <summary>Finds the models of one's own in assemblies.</summary>
internal static partial class UserModels
{
    /// <summary>The models of an assembly.</summary>
    /// <exception cref="BadInputException">It cannot be loaded, has no model, or one that is not as expected.</exception>
    public static IReadOnlyList<ZooModel> Of(string path)
    {
        Type[] types = [.. TypesOf(path).Where(static t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IModelDefinition)))];
        return types.Length > 0
            ? [.. types.Select(t => ModelOf(t, path))]
            : throw new BadInputException($"{path}: the assembly has no model. Expected at least one public class that implements {typeof(IModelDefinition).FullName}.");
    }

    private static Type[] TypesOf(string path)
    {
        if (!File.Exists(path))
        {
            throw new BadInputException($"{path}: there is no such assembly. Build it, or correct models.assemblies in pipeline.yaml.");
        }

        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyPath(path).GetExportedTypes();
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or TypeLoadException)
        {
            throw new BadInputException(
                $"{path}: the assembly cannot be loaded: {e.Message} Expected a .NET assembly that was built against this program's own Pipeline.Models.dll and Pipeline.Contracts.dll, and needs no others.", e);
        }
    }

    private static ZooModel ModelOf(Type type, string path)
    {
        IModelDefinition model;
        ModelInfo info;
        try
        {
            model = (IModelDefinition)Activator.CreateInstance(type)!;
            info = model.Info;
        }
        catch (Exception e) when (e is MissingMethodException or TargetInvocationException or TypeLoadException or MissingMemberException)
        {
            throw new BadInputException($"{path}: the model {type.FullName} cannot be made: {(e.InnerException ?? e).Message} Expected a public parameterless constructor that does not throw.", e);
        }

        if (!Name().IsMatch(info.Name))
        {
            throw new BadInputException($"{path}: the model {type.FullName} is named '{info.Name}'. Expected lower-case letters, digits and dashes, beginning with a letter.");
        }

        ModelInfo whole = info with { Parameters = [ModelZoo.Classes, .. info.Parameters.Where(static p => p.Name != ModelZoo.Classes.Name)] };
        return new(whole, (parameters, bands, frames) => Checked(() => model.Build(parameters, bands, frames), whole.Name, path, parameters["classes"].AsInteger()));
    }

    private static Graph.Graph Checked(Func<Graph.Graph> build, string name, string path, int classes)
    {
        Graph.Graph graph;
        try
        {
            graph = build();
        }
        catch (Exception e) when (e is not BadInputException)
        {
            throw new BadInputException($"{path}: the model '{name}' could not be built: {e.GetType().Name}: {e.Message}", e);
        }

        return graph.OutputShape.Sizes is [1, var outputs] && outputs == classes
            ? graph
            : throw new BadInputException($"{path}: the model '{name}' makes {graph.OutputShape}. Expected 1x{classes}, a logit for each class: end it with Gemm, or with Flatten after a convolution.");
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{0,62}$", RegexOptions.None, 1000)]
    private static partial Regex Name();
}
