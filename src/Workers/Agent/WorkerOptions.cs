using Pipeline.Contracts;

namespace Pipeline.Workers.Agent;

/// <summary>What a worker process is.</summary>
public sealed record WorkerOptions
{
    /// <summary>The orchestrators; each is as good as the other, and the next is asked where one does not answer.</summary>
    public required IReadOnlyList<Uri> Servers { get; init; }

    /// <summary>The bearer token that lets the worker in; null on the orchestrator's own machine.</summary>
    public string? Token { get; init; }

    /// <summary>Tasks that run at once.</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Threads that read a trial's batches ahead; null: as many as the trial has for its arithmetic. Changes no result.</summary>
    public int? Readers { get; init; }

    /// <summary>What its trials run on: <c>cpu</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The version of the program.</summary>
    public string Version { get; init; } = "";

    /// <summary>The kinds of tasks it takes.</summary>
    public IReadOnlyList<string> Kinds { get; init; } = [ShardTask.Kind, TrialTask.Kind, BuildTask.Kind];

    /// <summary>The process that started this one and without which it has no purpose; null where it stands alone.</summary>
    public int? ParentProcess { get; init; }

    /// <summary>How long calls are tried again while the orchestrator does not answer, which is while it restarts.</summary>
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
