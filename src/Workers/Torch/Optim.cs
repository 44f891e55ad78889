using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_sgd_step(ReadOnlySpan<nint> parameters, ReadOnlySpan<nint> velocities, int count, double lr, double momentum, double weightDecay);

    [LibraryImport(Library)]
    internal static partial nint pt_adam_step(
        ReadOnlySpan<nint> parameters, ReadOnlySpan<nint> means, ReadOnlySpan<nint> squares, int count, long step, double lr, double beta1, double beta2, double eps, double weightDecay,
        [MarshalAs(UnmanagedType.U1)] bool decoupled);

    [LibraryImport(Library)]
    internal static partial nint pt_novograd_step(
        ReadOnlySpan<nint> parameters, ReadOnlySpan<nint> means, ReadOnlySpan<nint> squares, int count, long step, double lr, double beta1, double beta2, double eps, double weightDecay);

    [LibraryImport(Library)]
    internal static partial nint pt_clip_gradients(ReadOnlySpan<nint> parameters, int count, double value, double norm);

    [LibraryImport(Library)]
    internal static partial nint pt_exchange(ReadOnlySpan<nint> tensors, ReadOnlySpan<nint> others, int count);

    [LibraryImport(Library)]
    internal static partial nint pt_average(ReadOnlySpan<nint> averages, ReadOnlySpan<nint> parameters, int count, double decay);
}

/// <summary>Changes parameters by their gradients.</summary>
internal abstract class Optimizer : IDisposable
{
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly nint[] _addresses;

    private protected Optimizer(IEnumerable<Tensor> parameters)
    {
        _parameters = [.. parameters];
        _addresses = Addresses(_parameters);
    }

    /// <summary>The rate of the next step.</summary>
    public required double LearningRate { get; set; }

    /// <summary>What it remembers between steps, one tensor for each parameter and name; all zeros before the first step.</summary>
    public abstract IReadOnlyList<(string Name, IReadOnlyList<Tensor> PerParameter)> State { get; }

    private protected ReadOnlySpan<nint> Parameters => _addresses;

    /// <summary>Bounds the gradients before a step: each element to <paramref name="value"/>, then all together to a norm; 0: unbounded.</summary>
    public void ClipGradients(double value, double norm) => Native.Check(Native.pt_clip_gradients(_addresses, _addresses.Length, value, norm));

    /// <summary>The Euclidean norm of all gradients together, one element in double precision; not a number, or infinite, where one of them is.</summary>
    public Tensor GradientNorm() => Native.Result(Native.pt_gradient_norm(_addresses, _addresses.Length, out TensorHandle norm), norm);

    /// <summary>Takes one step and drops the gradients.</summary>
    /// <param name="number">The step's number, from 1.</param>
    public abstract void step(long number);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor tensor in State.SelectMany(s => s.PerParameter))
        {
            tensor.Dispose();
        }
    }

    private protected IReadOnlyList<Tensor> Zeros() => [.. _parameters.Select(static p => torch.zeros(p.shape, device: p.device))];

    private protected IReadOnlyList<Tensor> Scalars() => [.. _parameters.Select(static p => torch.zeros([1], device: p.device))];

    /// <summary>The parameters are held by their owner, the state by this; neither is freed before the optimiser.</summary>
    private protected static nint[] Addresses(IReadOnlyList<Tensor> tensors) => [.. tensors.Select(t => t.Handle.DangerousGetHandle())];
}

/// <summary>Stochastic gradient descent with momentum as PyTorch has it; the weight decay goes into the gradient.</summary>
internal sealed class SGD : Optimizer
{
    private readonly double _momentum;
    private readonly double _weightDecay;
    private readonly IReadOnlyList<Tensor> _velocities;
    private readonly nint[] _velocityAddresses;

    public SGD(IEnumerable<Tensor> parameters, double momentum, double weightDecay)
        : base(parameters)
    {
        (_momentum, _weightDecay) = (momentum, weightDecay);
        _velocities = Zeros();
        _velocityAddresses = Addresses(_velocities);
    }

    public override IReadOnlyList<(string Name, IReadOnlyList<Tensor> PerParameter)> State => [("momentum_buffer", _velocities)];

    public override void step(long number) =>
        Native.Check(Native.pt_sgd_step(Parameters, _velocityAddresses, Parameters.Length, LearningRate, _momentum, _weightDecay));
}

/// <summary>What the optimisers with two moments take.</summary>
/// <param name="Beta1">How long the first remembers.</param>
/// <param name="Beta2">How long the second remembers.</param>
/// <param name="Epsilon">Added to the root of the second.</param>
/// <param name="WeightDecay">The weight decay.</param>
internal sealed record MomentSettings(double Beta1, double Beta2, double Epsilon, double WeightDecay);

/// <summary>Adam as PyTorch has it: the weight decay goes into the gradient (Kingma and Ba 2015), or beside the moments (Loshchilov and Hutter 2019).</summary>
internal sealed class Adam : Optimizer
{
    private readonly MomentSettings _settings;
    private readonly bool _decoupled;
    private readonly IReadOnlyList<Tensor> _means;
    private readonly IReadOnlyList<Tensor> _squares;
    private readonly nint[] _meanAddresses;
    private readonly nint[] _squareAddresses;

    public Adam(IEnumerable<Tensor> parameters, MomentSettings settings, bool decoupled)
        : base(parameters)
    {
        (_settings, _decoupled) = (settings, decoupled);
        (_means, _squares) = (Zeros(), Zeros());
        (_meanAddresses, _squareAddresses) = (Addresses(_means), Addresses(_squares));
    }

    public override IReadOnlyList<(string Name, IReadOnlyList<Tensor> PerParameter)> State => [("exp_avg", _means), ("exp_avg_sq", _squares)];

    public override void step(long number) => Native.Check(Native.pt_adam_step(
        Parameters, _meanAddresses, _squareAddresses, Parameters.Length, number, LearningRate, _settings.Beta1, _settings.Beta2, _settings.Epsilon, _settings.WeightDecay, _decoupled));
}

/// <summary>NovoGrad (Ginsburg et al. 2019): gradients normalised by the running norm of their tensor, decoupled weight decay.</summary>
internal sealed class NovoGrad : Optimizer
{
    private readonly MomentSettings _settings;
    private readonly IReadOnlyList<Tensor> _means;
    private readonly IReadOnlyList<Tensor> _squares;
    private readonly nint[] _meanAddresses;
    private readonly nint[] _squareAddresses;

    public NovoGrad(IEnumerable<Tensor> parameters, MomentSettings settings)
        : base(parameters)
    {
        _settings = settings;
        (_means, _squares) = (Zeros(), Scalars());
        (_meanAddresses, _squareAddresses) = (Addresses(_means), Addresses(_squares));
    }

    public override IReadOnlyList<(string Name, IReadOnlyList<Tensor> PerParameter)> State => [("exp_avg", _means), ("exp_avg_sq", _squares)];

    public override void step(long number) => Native.Check(Native.pt_novograd_step(
        Parameters, _meanAddresses, _squareAddresses, Parameters.Length, number, LearningRate, _settings.Beta1, _settings.Beta2, _settings.Epsilon, _settings.WeightDecay));
}

internal static partial class torch
{
    /// <summary>Optimisers.</summary>
    internal static class optim
    {
        /// <summary>Stochastic gradient descent with momentum.</summary>
        public static SGD SGD(IEnumerable<Tensor> parameters, double learningRate, double momentum = 0, double weight_decay = 0) =>
            new(parameters, momentum, weight_decay) { LearningRate = learningRate };

        /// <summary>Adam.</summary>
        public static Adam Adam(IEnumerable<Tensor> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0) =>
            new(parameters, new(beta1, beta2, eps, weight_decay), decoupled: false) { LearningRate = lr };

        /// <summary>Adam with decoupled weight decay.</summary>
        public static Adam AdamW(IEnumerable<Tensor> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 1e-2) =>
            new(parameters, new(beta1, beta2, eps, weight_decay), decoupled: true) { LearningRate = lr };
    }
}
