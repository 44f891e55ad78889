using System.Runtime.InteropServices;
using Pipeline.Workers.Training;

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

/// <summary>Tensors that one native call takes all of. Their owners hold them as long as this.</summary>
/// <param name="tensors">The tensors.</param>
internal sealed class TensorList(IEnumerable<Tensor> tensors)
{
    private readonly nint[] _addresses = [.. tensors.Select(static t => t.Handle.DangerousGetHandle())];

    /// <summary>Bounds the gradients: each element to a value, then all together to a Euclidean norm; 0: unbounded.</summary>
    public void ClipGradients(double value, double norm) => Native.Check(Native.pt_clip_gradients(_addresses, _addresses.Length, value, norm));

    /// <summary>The Euclidean norm of all gradients together, one element in double precision; not a number, or infinite, where one of them is.</summary>
    public Tensor GradientNorm() => Native.Result(Native.pt_gradient_norm(_addresses, _addresses.Length, out TensorHandle norm), norm);

    /// <summary>A step of <see cref="SGD"/>; drops the gradients.</summary>
    public void StepSgd(TensorList velocities, double lr, double momentum, double weightDecay) =>
        Native.Check(Native.pt_sgd_step(_addresses, velocities._addresses, _addresses.Length, lr, momentum, weightDecay));

    /// <summary>A step of <see cref="Adam"/>; drops the gradients.</summary>
    public void StepAdam(TensorList means, TensorList squares, long number, double lr, MomentSettings settings, bool decoupled) => Native.Check(Native.pt_adam_step(
        _addresses, means._addresses, squares._addresses, _addresses.Length, number, lr, settings.Beta1, settings.Beta2, settings.Epsilon, settings.WeightDecay, decoupled));

    /// <summary>A step of <see cref="NovoGrad"/>; drops the gradients.</summary>
    public void StepNovoGrad(TensorList means, TensorList squares, long number, double lr, MomentSettings settings) => Native.Check(Native.pt_novograd_step(
        _addresses, means._addresses, squares._addresses, _addresses.Length, number, lr, settings.Beta1, settings.Beta2, settings.Epsilon, settings.WeightDecay));

    /// <summary>Each takes over the elements of its other one.</summary>
    public void Exchange(TensorList others) => Native.Check(Native.pt_exchange(_addresses, others._addresses, _addresses.Length));

    /// <summary>Takes values into these averages: decay · average + (1 - decay) · value.</summary>
    public void Average(TensorList values, double decay) => Native.Check(Native.pt_average(_addresses, values._addresses, _addresses.Length, decay));
}
