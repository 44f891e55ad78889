using System.Text.Json;

namespace Pipeline.Orchestrator;

/// <summary>States as they are stored: the camelCase names that JSON has too.</summary>
internal static class StateName
{
    public static string Of<TState>(TState state)
        where TState : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    public static TState Parse<TState>(string name)
        where TState : struct, Enum => Enum.Parse<TState>(name, ignoreCase: true);
}
