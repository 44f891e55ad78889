namespace Pipeline.Contracts;

/// <summary>
/// An expected failure that a person can mend: the message names the file, line or key, what was found, what was expected and what to do.
/// The command line prints the message without a stack trace.
/// </summary>
public class PipelineException : Exception
{
    /// <summary>Takes the whole message.</summary>
    public PipelineException(string message)
        : base(message)
    {
    }

    /// <summary>Takes the whole message and what caused it.</summary>
    public PipelineException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The exit code of the command line: 1, failed.</summary>
    public virtual int ExitCode => 1;
}

/// <summary>
/// The disk is full: nothing that was stored is harmed, and the work goes on once there is room. A task that met it has not failed.
/// </summary>
public sealed class NoSpaceException : PipelineException
{
    /// <summary>Takes the whole message.</summary>
    public NoSpaceException(string message)
        : base(message)
    {
    }

    /// <summary>Takes the whole message and what caused it.</summary>
    public NoSpaceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>There is no room for what was asked, which was looked at beforehand: nothing of it was begun.</summary>
public sealed class NoRoomException : PipelineException
{
    /// <summary>Takes the whole message.</summary>
    public NoRoomException(string message)
        : base(message)
    {
    }
}

/// <summary>What a person gave (an argument, a YAML key, a recording, a file to import) is wrong. Exit code 2.</summary>
public sealed class BadInputException : PipelineException
{
    /// <summary>Takes the whole message.</summary>
    public BadInputException(string message)
        : base(message)
    {
    }

    /// <summary>Takes the whole message and what caused it.</summary>
    public BadInputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <inheritdoc/>
    public override int ExitCode => 2;
}

/// <summary>Something stored is not what was written (a flipped byte in a shard or checkpoint). Never trained on, never silently skipped. Exit code 1.</summary>
public sealed class CorruptDataException : PipelineException
{
    /// <summary>Takes the whole message.</summary>
    public CorruptDataException(string message)
        : base(message)
    {
    }

    /// <summary>Takes the whole message and what caused it.</summary>
    public CorruptDataException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
