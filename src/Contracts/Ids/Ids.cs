using System.Text.Json.Serialization;

namespace Pipeline.Contracts;

/// <summary>Names one sweep: the name in its file, a dash and eight hex digits of the hash of everything that decides its results.</summary>
/// <remarks>The same file, data and code give the same id, which is how a second <c>submit</c> of a killed sweep finds the first.</remarks>
[JsonConverter(typeof(TextIdConverter<SweepId>))]
public readonly record struct SweepId : ITextId<SweepId>
{
    /// <summary>Takes lower-case letters, digits and dashes, 1 to 80 characters.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public SweepId(string value) => Value = TextId.Check(value, "sweep id", 80, TextId.IsSlugCharacter);

    /// <summary>The text of the id.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public static SweepId Parse(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Names one trial of a sweep: <c>SWEEP/NUMBER</c>, numbered from 0 in the order the search proposed them.</summary>
[JsonConverter(typeof(TextIdConverter<TrialId>))]
public readonly record struct TrialId(SweepId Sweep, int Number) : ITextId<TrialId>
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Value => $"{Sweep.Value}/{Number}";

    /// <inheritdoc/>
    public static TrialId Parse(string value)
    {
        int slash = value.LastIndexOf('/');
        return slash > 0 && int.TryParse(value.AsSpan(slash + 1), out int number) && number >= 0
            ? new TrialId(new SweepId(value[..slash]), number)
            : throw new FormatException($"'{value}' is not a trial id. Expected SWEEP/NUMBER, for example quickstart-1f2e3d4c/3.");
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Names one recorded run: 32 lower-case hex digits, as MLflow's run ids are.</summary>
[JsonConverter(typeof(TextIdConverter<RunId>))]
public readonly record struct RunId : ITextId<RunId>
{
    /// <summary>Takes a letter or digit followed by letters, digits, underscores or dashes; 1 to 64 characters.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public RunId(string value) => Value = TextId.Check(value, "run id", 64, static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>The text of the id.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public static RunId Parse(string value) => new(value);

    /// <summary>The run of a trial: the same trial always has the same run, so that a trial taken over writes on in its run.</summary>
    public static RunId For(TrialId trial) => new(ContentHash.OfText("run:" + trial.Value).Hex[..32]);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Names a feature set by the hash of its whole recipe: 16 hex digits. An equal recipe is never built twice.</summary>
[JsonConverter(typeof(TextIdConverter<FeatureSetId>))]
public readonly record struct FeatureSetId : ITextId<FeatureSetId>
{
    private const int Digits = 16;

    /// <summary>Takes 16 lower-case hex digits.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public FeatureSetId(string value)
    {
        Value = TextId.Check(value, "feature set id", Digits, char.IsAsciiHexDigitLower);
        if (value.Length != Digits)
        {
            throw new FormatException($"'{value}' is not a feature set id. Expected 16 hex digits.");
        }
    }

    /// <summary>The text of the id.</summary>
    public string Value { get; }

    /// <summary>Whether a text is of that form.</summary>
    public static bool IsId(string text) => text.Length == Digits && text.All(char.IsAsciiHexDigitLower);

    /// <inheritdoc/>
    public static FeatureSetId Parse(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Names one task of the durable queue, for example <c>trial:quickstart-1f2e3d4c/3</c>. Enqueuing the same id twice is one task.</summary>
[JsonConverter(typeof(TextIdConverter<TaskId>))]
public readonly record struct TaskId : ITextId<TaskId>
{
    /// <summary>Takes printable characters without spaces, 1 to 200 of them.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public TaskId(string value) => Value = TextId.Check(value, "task id", 200, static c => c is > ' ' and < (char)127);

    /// <summary>The text of the id.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public static TaskId Parse(string value) => new(value);

    /// <summary>The task that runs a trial.</summary>
    public static TaskId For(TrialId trial) => new($"trial:{trial}");

    /// <summary>The task that builds one shard of a feature set.</summary>
    public static TaskId ForShard(FeatureSetId set, int shard) => new($"shard:{set}/{shard}");

    /// <summary>The task that builds a model version for a target: one, whoever asks for it.</summary>
    public static TaskId ForBuild(string model, long version, string target) => new($"build:{model}/{version}/{target}");

    /// <summary>The task that submits a recurring sweep: one for each tick, whoever saw it fall due.</summary>
    public static TaskId ForTick(string recurring, DateTimeOffset tick) => new($"submit:{recurring}/{tick.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}");

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Names one worker process for the time it lives; given by the orchestrator when the worker registers.</summary>
[JsonConverter(typeof(TextIdConverter<WorkerId>))]
public readonly record struct WorkerId : ITextId<WorkerId>
{
    /// <summary>Takes lower-case letters, digits and dashes, 1 to 80 characters.</summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public WorkerId(string value) => Value = TextId.Check(value, "worker id", 80, TextId.IsSlugCharacter);

    /// <summary>The text of the id.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public static WorkerId Parse(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
