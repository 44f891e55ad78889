using Pipeline.Contracts;
using Pipeline.FeatureStore.Audio;
using Pipeline.FeatureStore.FrontEnds;
using Pipeline.Models.Graph;
using Pipeline.Models.Weights;
using Pipeline.Models.Zoo;
using Pipeline.Storage.Blobs;
using Pipeline.Workers.Streaming;

namespace Pipeline.Workers.Training;

/// <summary>A trained model that says what it hears. Belongs to one thread at a time.</summary>
public sealed class Predictor : IDisposable
{
    /// <summary>Windows of a stream that go through the model together.</summary>
    private const int WindowsAtOnce = 32;

    private readonly ModelState _state;
    private readonly GraphExecutor _executor;
    private readonly IFrontEnd _frontEnd;
    private readonly int _frames;

    private Predictor(ModelDescription description, Graph graph, ModelState state, IFrontEnd frontEnd)
    {
        (_state, _frontEnd, _frames, Classes) = (state, frontEnd, description.Frames, description.Classes);
        _executor = new GraphExecutor(graph, state);
    }

    /// <summary>The class names in the order of the probabilities.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Loads a model version's weights.</summary>
    /// <exception cref="CorruptDataException">The weights are gone, changed or of another model.</exception>
    /// <exception cref="BadInputException">The model or front end is not known here.</exception>
    public static async Task<Predictor> LoadAsync(ModelDescription description, IBlobStore blobs, CancellationToken cancellationToken)
    {
        IFrontEnd frontEnd = FrontEnds.Get(description.FrontEnd);
        Graph graph = ModelZoo.Build(description.Model, description.ModelParameters, frontEnd.Bands, description.Frames);
        byte[] weights = await TrialBlobs.GetAsync(blobs, description.WeightsBlob, description.WeightsSha256, cancellationToken);
        ModelState state = ModelState.Load(graph, Safetensors.Read(weights, description.WeightsBlob).Tensors, description.WeightsBlob);
        return new(description, graph, state, frontEnd);
    }

    /// <summary>The probability of each class, in their order; they add up to 1.</summary>
    /// <param name="clip">A recording of the front end's sample rate, at most as long as the clips that the model was trained on; a shorter one is
    /// followed by silence.</param>
    /// <param name="name">What to call the clip in errors: its file.</param>
    /// <exception cref="BadInputException">The clip has another sample rate, or is too long.</exception>
    public float[] Predict(AudioClip clip, string name)
    {
        if (clip.SampleRate != _frontEnd.SampleRate)
        {
            throw new BadInputException($"{name} has {clip.SampleRate} samples a second. Expected {_frontEnd.SampleRate}: resample it, for example with sox.");
        }

        int second = _frontEnd.SampleRate;
        if (clip.Samples.Length > second)
        {
            throw new BadInputException($"{name} is {clip.Samples.Length / (double)second:F2} s long. Expected at most 1 s: cut out the word.");
        }

        var features = new float[_frontEnd.Bands * _frames];
        _frontEnd.Compute(clip.FitTo(second), features);
        return Probabilities(features, 1);
    }

    /// <summary>The probabilities of the classes in window after window of a stream, each a second long.</summary>
    /// <param name="sound">A stream of the front end's sample rate; one shorter than a window is followed by silence.</param>
    /// <param name="hopMs">Milliseconds from one window to the next.</param>
    /// <param name="progress">Hears the share that was listened to; null: nobody does.</param>
    /// <param name="cancellationToken">Looked at between batches of windows.</param>
    /// <exception cref="BadInputException">The stream has another sample rate.</exception>
    public Posteriors Listen(ISoundStream sound, int hopMs, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        int second = _frontEnd.SampleRate;
        if (sound.SampleRate != second)
        {
            throw new BadInputException($"The stream has {sound.SampleRate} samples a second. Expected {second}: resample it, for example with sox.");
        }

        int hop = Math.Max(1, second * hopMs / 1000);
        int windows = (int)(Math.Max(0, sound.Length - second) / hop) + 1;
        int size = _frontEnd.Bands * _frames;
        var samples = new float[second];
        var features = new float[WindowsAtOnce * size];
        var values = new float[windows * Classes.Count];
        for (int first = 0; first < windows; first += WindowsAtOnce)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(WindowsAtOnce, windows - first);
            for (int i = 0; i < count; i++)
            {
                sound.Read((long)(first + i) * hop, samples);
                _frontEnd.Compute(samples, features.AsSpan(i * size, size));
            }

            Probabilities(features.AsSpan(0, count * size), count).CopyTo(values, first * Classes.Count);
            progress?.Report((double)(first + count) / windows);
        }

        return new(Classes.Count, values, 1, (double)hop / second);
    }

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();

    private float[] Probabilities(ReadOnlySpan<float> features, int count)
    {
        torch.set_num_threads(1);
        using IDisposable off = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor logits = _executor.Forward(TrialDevice.Processor.Upload(features, [count, 1, _frontEnd.Bands, _frames]), null);
        return functional.softmax(logits, 1).Floats().ToArray();
    }
}
