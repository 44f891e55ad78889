using Pipeline.Contracts;

namespace Pipeline.Workers.Training;

/// <summary>Changes parameters by their gradients. The parameters are held by their owner, the state by this.</summary>
internal abstract class Optimizer : IDisposable
{
    private readonly IReadOnlyList<Tensor> _parameters;

    private protected Optimizer(IEnumerable<Tensor> parameters)
    {
        _parameters = [.. parameters];
        Parameters = new TensorList(_parameters);
    }

    /// <summary>The rate of the next step.</summary>
    public required double LearningRate { get; set; }

    /// <summary>What it remembers between steps, one tensor for each parameter and name; all zeros before the first step.</summary>
    public abstract IReadOnlyList<(string Name, IReadOnlyList<Tensor> PerParameter)> State { get; }

    private protected TensorList Parameters { get; }

    /// <summary>The optimiser of a recipe.</summary>
    public static Optimizer Of(TrainSpec recipe, IEnumerable<Tensor> parameters)
    {
        MomentSettings moments = new(recipe.Beta1, recipe.Beta2, recipe.Epsilon, recipe.WeightDecay);
        return recipe.Optimizer switch
        {
            OptimizerKind.Sgd => new SGD(parameters, recipe.Momentum, recipe.WeightDecay) { LearningRate = recipe.LearningRate },
            OptimizerKind.Adam => new Adam(parameters, moments, decoupled: false) { LearningRate = recipe.LearningRate },
            OptimizerKind.AdamW => new Adam(parameters, moments, decoupled: true) { LearningRate = recipe.LearningRate },
            OptimizerKind.NovoGrad => new NovoGrad(parameters, moments) { LearningRate = recipe.LearningRate },
            _ => throw new InvalidOperationException($"No optimiser {recipe.Optimizer}."),
        };
    }

    /// <summary>Bounds the gradients before a step: each element to <paramref name="value"/>, then all together to a norm; 0: unbounded.</summary>
    public void ClipGradients(double value, double norm) => Parameters.ClipGradients(value, norm);

    /// <summary>The Euclidean norm of all gradients together, one element in double precision; not a number, or infinite, where one of them is.</summary>
    public Tensor GradientNorm() => Parameters.GradientNorm();

    /// <summary>Takes one step and drops the gradients.</summary>
    /// <param name="number">The step's number, from 1.</param>
    public abstract void Step(long number);

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
}

/// <summary>Stochastic gradient descent with momentum as PyTorch has it; the weight decay goes into the gradient.</summary>
internal sealed class SGD : Optimizer
{
    private readonly double _momentum;
    private readonly double _weightDecay;
    private readonly IReadOnlyList<Tensor> _velocities;
    private readonly TensorList _velocityList;

    public SGD(IEnumerable<Tensor> parameters, double momentum = 0, double weightDecay = 0)
        : base(parameters)
    {
        (_momentum, _weightDecay, _velocities) = (momentum, weightDecay, Zeros());
        _velocityList = new TensorList(_velocities);
    }

    public override IReadOnlyList<(string Name, IReadOnlyList<Tensor> PerParameter)> State => [("momentum_buffer", _velocities)];

    public override void Step(long number) => Parameters.StepSgd(_velocityList, LearningRate, _momentum, _weightDecay);
}

/// <summary>What the optimisers with two moments take.</summary>
/// <param name="Beta1">How long the first remembers.</param>
/// <param name="Beta2">How long the second remembers.</param>
/// <param name="Epsilon">Added to the root of the second.</param>
/// <param name="WeightDecay">The weight decay.</param>
internal sealed record MomentSettings(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0);

/// <summary>An optimiser with a mean of the gradients and one of their squares.</summary>
internal abstract class MomentOptimizer : Optimizer
{
    private readonly IReadOnlyList<Tensor> _means;
    private readonly IReadOnlyList<Tensor> _squares;

    private protected MomentOptimizer(IEnumerable<Tensor> parameters, MomentSettings settings, bool squareOfWhole)
        : base(parameters)
    {
        (Settings, _means, _squares) = (settings, Zeros(), squareOfWhole ? Scalars() : Zeros());
        (Means, Squares) = (new TensorList(_means), new TensorList(_squares));
    }

    public override IReadOnlyList<(string Name, IReadOnlyList<Tensor> PerParameter)> State => [("exp_avg", _means), ("exp_avg_sq", _squares)];

    private protected MomentSettings Settings { get; }

    private protected TensorList Means { get; }

    private protected TensorList Squares { get; }
}

/// <summary>Adam as PyTorch has it: the weight decay goes into the gradient (Kingma and Ba 2015), or beside the moments (Loshchilov and Hutter 2019).</summary>
internal sealed class Adam(IEnumerable<Tensor> parameters, MomentSettings settings, bool decoupled) : MomentOptimizer(parameters, settings, squareOfWhole: false)
{
    public override void Step(long number) => Parameters.StepAdam(Means, Squares, number, LearningRate, Settings, decoupled);
}

/// <summary>NovoGrad (Ginsburg et al. 2019): gradients normalised by the running norm of their tensor, decoupled weight decay.</summary>
internal sealed class NovoGrad(IEnumerable<Tensor> parameters, MomentSettings settings) : MomentOptimizer(parameters, settings, squareOfWhole: true)
{
    public override void Step(long number) => Parameters.StepNovoGrad(Means, Squares, number, LearningRate, Settings);
}
