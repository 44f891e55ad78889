namespace Pipeline.Workers.Torch;

/// <summary>Disposes of the tensors made on its thread since it was begun. Scopes nest; each is ended before the one around it.</summary>
internal sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? s_innermost;

    private readonly DisposeScope? _outer;
    private readonly List<Tensor> _tensors = [];

    internal DisposeScope() => (_outer, s_innermost) = (s_innermost, this);

    internal static void Register(Tensor tensor) => s_innermost?.Add(tensor);

    /// <summary>Hands a tensor to the scope around this one, or to its holder where there is none.</summary>
    internal void MoveToOuter(Tensor tensor)
    {
        _tensors.Remove(tensor);
        tensor.Scope = null;
        _outer?.Add(tensor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!ReferenceEquals(s_innermost, this))
        {
            throw new InvalidOperationException("A dispose scope was ended before one inside it, or on another thread.");
        }

        s_innermost = _outer;
        foreach (Tensor tensor in _tensors)
        {
            tensor.Dispose();
        }
    }

    private void Add(Tensor tensor)
    {
        _tensors.Add(tensor);
        tensor.Scope = this;
    }
}
