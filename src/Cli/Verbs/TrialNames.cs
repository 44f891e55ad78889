using System.Globalization;
using Pipeline.Cli.Sweeps;
using Pipeline.Contracts;
using Pipeline.Orchestrator.Sweeps;

namespace Pipeline.Cli.Verbs;

/// <summary>Finds the trial that a person means.</summary>
internal static class TrialNames
{
    /// <summary>The trial; its sweep may be named by its name, its id, or the beginning of it.</summary>
    /// <exception cref="BadInputException">There is none, or the text is not of the form SWEEP/NUMBER.</exception>
    public static async Task<TrialId> ResolveAsync(ISweeps sweeps, string text, CancellationToken cancellationToken)
    {
        int slash = text.LastIndexOf('/');
        if (slash <= 0 || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            throw new BadInputException($"'{text}' is not a trial. Expected SWEEP/NUMBER, for example quickstart/0.");
        }

        SweepProgress sweep = await sweeps.ProgressAsync(text[..slash], cancellationToken);
        return number < sweep.Trials.Count
            ? new TrialId(sweep.Sweep, number)
            : throw new BadInputException($"Sweep {sweep.Sweep} has {sweep.Trials.Count} trials, numbered from 0; found {number}.");
    }
}
