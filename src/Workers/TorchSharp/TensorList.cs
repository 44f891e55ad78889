using Pipeline.Workers.Training;

namespace Pipeline.Workers.Torch;

/// <summary>Tensors that a step takes all of, one after the other. Their owners hold them as long as this.</summary>
/// <param name="tensors">The tensors.</param>
internal sealed class TensorList(IEnumerable<Tensor> tensors)
{
    private readonly Tensor[] _tensors = [.. tensors];

    /// <summary>Bounds the gradients: each element to a value, then all together to a Euclidean norm; 0: unbounded.</summary>
    public void ClipGradients(double value, double norm)
    {
        using IDisposable off = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] gradients = Gradients();
        if (value > 0)
        {
            Array.ForEach(gradients, g => g.clamp_(-value, value));
        }

        if (norm > 0 && gradients.Length > 0)
        {
            // Without asking for the norm, for which a device would wait.
            Tensor factor = GradientNorm().add(1e-6).pow(-1).mul(norm).clamp_max(1).to(ScalarType.Float32);
            Array.ForEach(gradients, g => g.mul_(factor));
        }
    }

    /// <summary>The Euclidean norm of all gradients together, one element in double precision; not a number, or infinite, where one of them is.</summary>
    public Tensor GradientNorm()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor sum = torch.zeros([1], ScalarType.Float64, _tensors[0].device);
        foreach (Tensor gradient in Gradients())
        {
            Tensor exact = gradient.to(ScalarType.Float64);
            sum = sum.add(exact.mul(exact).sum());
        }

        return sum.sqrt().MoveToOuterDisposeScope();
    }

    /// <summary>A step of <see cref="SGD"/>; clears the gradients.</summary>
    public void StepSgd(TensorList velocities, double lr, double momentum, double weightDecay) => Step(weightDecay, (i, p, g) =>
        p.add_(velocities._tensors[i].mul_(momentum).add_(g), -lr));

    /// <summary>A step of <see cref="Adam"/>; clears the gradients.</summary>
    public void StepAdam(TensorList means, TensorList squares, long number, double lr, MomentSettings settings, bool decoupled) =>
        Step(decoupled ? 0 : settings.WeightDecay, (i, p, g) =>
        {
            if (decoupled)
            {
                p.mul_(1 - (lr * settings.WeightDecay));
            }

            Tensor mean = means._tensors[i].mul_(settings.Beta1).add_(g, 1 - settings.Beta1);
            Tensor square = squares._tensors[i].mul_(settings.Beta2).addcmul_(g, g, 1 - settings.Beta2);
            Tensor root = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(settings.Beta2, number))).add_(settings.Epsilon);
            p.addcdiv_(mean, root, -lr / (1 - Math.Pow(settings.Beta1, number)));
        });

    /// <summary>A step of <see cref="NovoGrad"/>; clears the gradients.</summary>
    public void StepNovoGrad(TensorList means, TensorList squares, long number, double lr, MomentSettings settings) => Step(0, (i, p, g) =>
    {
        // The first step takes the norm as it is.
        Tensor square = squares._tensors[i];
        Tensor norm = g.mul(g).sum();
        _ = number == 1 ? square.copy_(norm) : square.mul_(settings.Beta2).add_(norm, 1 - settings.Beta2);
        Tensor scaled = g.div(square.sqrt().add_(settings.Epsilon)).add_(p, settings.WeightDecay);
        p.add_(means._tensors[i].mul_(settings.Beta1).add_(scaled), -lr);
    });

    /// <summary>Each takes over the elements of its other one.</summary>
    public void Exchange(TensorList others)
    {
        using IDisposable off = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        foreach ((Tensor own, Tensor other) in _tensors.Zip(others._tensors))
        {
            Tensor before = own.clone();
            own.copy_(other);
            other.copy_(before);
        }
    }

    /// <summary>Takes values into these averages: decay · average + (1 - decay) · value.</summary>
    public void Average(TensorList values, double decay)
    {
        using IDisposable off = torch.no_grad();
        foreach ((Tensor average, Tensor value) in _tensors.Zip(values._tensors))
        {
            average.mul_(decay).add_(value, 1 - decay);
        }
    }

    private Tensor[] Gradients() => [.. _tensors.Select(static t => t.grad).OfType<Tensor>()];

    /// <summary>Changes each tensor by its gradient, with the L2 penalty added, and clears that.</summary>
    private void Step(double weightDecay, Action<int, Tensor, Tensor> change)
    {
        using IDisposable off = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        for (int i = 0; i < _tensors.Length; i++)
        {
            Tensor gradient = _tensors[i].grad ?? throw new InvalidOperationException("A parameter has no gradient.");
            if (weightDecay != 0)
            {
                gradient.add_(_tensors[i], weightDecay);
            }

            change(i, _tensors[i], gradient);
            gradient.zero_();
        }
    }
}
