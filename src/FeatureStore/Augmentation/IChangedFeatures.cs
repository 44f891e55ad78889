namespace Pipeline.FeatureStore.Augmentation;

/// <summary>Features [<see cref="Bands"/>, <see cref="Frames"/>] that an augmentation chain changes: the values, or a list of where each comes from.</summary>
internal interface IChangedFeatures
{
    /// <summary>Bands.</summary>
    int Bands { get; }

    /// <summary>Frames.</summary>
    int Frames { get; }

    /// <summary>Moves the frames by that many, either way; what leaves at one end comes in at the other.</summary>
    void Roll(int by);

    /// <summary>Sets bands to 0.</summary>
    void ClearBands(int start, int width);

    /// <summary>Sets frames of every band to 0.</summary>
    void ClearFrames(int start, int width);
}

/// <summary>The values themselves.</summary>
internal readonly ref struct FeatureValues(Span<float> values, int frames) : IChangedFeatures
{
    private readonly Span<float> _values = values;

    public int Bands => _values.Length / Frames;

    public int Frames { get; } = frames;

    public void Roll(int by)
    {
        Span<float> spare = stackalloc float[Frames];
        for (int band = 0; by % Frames != 0 && band < Bands; band++)
        {
            Rotation.Rotate(_values.Slice(band * Frames, Frames), by, spare);
        }
    }

    public void ClearBands(int start, int width) => _values.Slice(start * Frames, width * Frames).Clear();

    public void ClearFrames(int start, int width)
    {
        for (int band = 0; band < Bands; band++)
        {
            _values.Slice((band * Frames) + start, width).Clear();
        }
    }
}

/// <summary>Where each band and frame comes from, by number; one past the last stands for zeros. Holds a row's own on entry.</summary>
internal readonly ref struct FeatureSources(Span<long> bands, Span<long> frames) : IChangedFeatures
{
    private readonly Span<long> _bands = bands;
    private readonly Span<long> _frames = frames;

    public int Bands => _bands.Length;

    public int Frames => _frames.Length;

    public void Roll(int by) => Rotation.Rotate(_frames, by, stackalloc long[Frames]);

    public void ClearBands(int start, int width) => _bands.Slice(start, width).Fill(Bands);

    public void ClearFrames(int start, int width) => _frames.Slice(start, width).Fill(Frames);
}

/// <summary>Moves elements in a circle.</summary>
internal static class Rotation
{
    /// <summary>Moves the elements by that many places, either way, in place.</summary>
    /// <param name="values">The elements.</param>
    /// <param name="by">Places; above 0 towards the end.</param>
    /// <param name="spare">As long as the elements; what it holds is lost.</param>
    public static void Rotate<T>(Span<T> values, int by, Span<T> spare)
    {
        int shift = ((by % values.Length) + values.Length) % values.Length;
        values[..^shift].CopyTo(spare[shift..]);
        values[^shift..].CopyTo(spare);
        spare.CopyTo(values);
    }
}
