using System.CommandLine;
using System.Reflection;
using Pipeline.Cli.Submit;
using Pipeline.Cli.Verbs;

namespace Pipeline.Cli;

/// <summary>The verbs. Building the tree runs nothing: what a verb needs is loaded when it runs.</summary>
internal static class CommandTree
{
    public const string Name = "pipeline";

    /// <summary>The version with the commit that it was built from.</summary>
    public static string ProgramVersion => typeof(CommandTree).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document instead of text.", Recursive = true };

    public static Option<bool> Debug { get; } = new("--debug") { Description = "Show where in the program an error came from.", Recursive = true };

    public static Option<string?> Config { get; } = new("--config")
    {
        Description = "The deployment's file; state is kept in .pipeline beside it. Default: pipeline.yaml.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static RootCommand Create()
    {
        RootCommand root = new("Trains small speech models as sweeps and keeps every run.") { Json, Debug, Config };
        Command[] verbs =
        [
            SubmitVerb.Create(), TrainVerb.Create(), .. SweepVerbs.Create(), .. SteerVerbs.Create(), .. JobVerbs.Create(), CleanVerb.Create(), DataVerbs.Create(), FeaturesVerbs.Create(), ModelsVerbs.Create(),
            PredictVerb.Create(), RunsVerbs.Create(), RegistryVerbs.Create(), EdgeVerbs.Create(), FleetVerbs.Create(), UpVerb.Create(), WorkerVerb.Create(), TokenVerbs.Create(), DoctorVerb.Create(),
            ConfigVerbs.Create(),
        ];
        foreach (Command verb in verbs)
        {
            root.Add(verb);
        }

        return root;
    }
}
