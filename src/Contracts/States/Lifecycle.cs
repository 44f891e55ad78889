namespace Pipeline.Contracts;

/// <summary>
/// The table of a lifecycle's allowed moves. States that lead nowhere are final and never change again.
/// </summary>
public sealed class Lifecycle<TState>
    where TState : struct, Enum
{
    private readonly HashSet<(TState From, TState To)> _moves;
    private readonly string _noun;

    internal Lifecycle(string noun, params (TState From, TState To)[] moves)
    {
        _noun = noun;
        _moves = [.. moves];
    }

    /// <summary>Whether the move is in the table.</summary>
    public bool Allows(TState from, TState to) => _moves.Contains((from, to));

    /// <summary>Whether no move leads out of the state.</summary>
    public bool IsFinal(TState state) => !_moves.Any(m => EqualityComparer<TState>.Default.Equals(m.From, state));

    /// <summary>Returns <paramref name="to"/> where the move is in the table.</summary>
    /// <exception cref="IllegalMoveException">The move is not in the table.</exception>
    public TState Move(TState from, TState to) =>
        Allows(from, to) ? to : throw new IllegalMoveException($"A {_noun} cannot go from {from} to {to}.");
}

/// <summary>A lifecycle was asked for a move that its table does not hold: a defect of the caller, not of the input.</summary>
public sealed class IllegalMoveException(string message) : InvalidOperationException(message);
