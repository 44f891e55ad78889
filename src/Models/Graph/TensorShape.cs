namespace Pipeline.Models.Graph;

/// <summary>The sizes of a tensor's axes, outermost first. Activations have rank 4 as [batch, channels, height, width], with a batch of one.</summary>
public sealed class TensorShape : IEquatable<TensorShape>
{
    private readonly int[] _sizes;

    /// <summary>Takes the sizes, each at least 1.</summary>
    /// <exception cref="ArgumentException">A size is below 1.</exception>
    public TensorShape(params ReadOnlySpan<int> sizes)
    {
        foreach (int size in sizes)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(sizes));
        }

        _sizes = sizes.ToArray();
    }

    /// <summary>The number of axes.</summary>
    public int Rank => _sizes.Length;

    /// <summary>The sizes, outermost first.</summary>
    public ReadOnlySpan<int> Sizes => _sizes;

    /// <summary>The number of elements.</summary>
    public int Elements
    {
        get
        {
            int elements = 1;
            foreach (int size in _sizes)
            {
                elements = checked(elements * size);
            }

            return elements;
        }
    }

    /// <summary>The size of one axis; a negative axis counts from the end, as in ONNX.</summary>
    public int this[int axis] => _sizes[axis < 0 ? _sizes.Length + axis : axis];

    /// <inheritdoc/>
    public bool Equals(TensorShape? other) => other is not null && _sizes.AsSpan().SequenceEqual(other._sizes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TensorShape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int size in _sizes)
        {
            hash.Add(size);
        }

        return hash.ToHashCode();
    }

    /// <summary>For example <c>1x16x20x101</c>.</summary>
    public override string ToString() => string.Join('x', _sizes);
}
