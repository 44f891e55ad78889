using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool pt_grad_mode([MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport(Library)]
    internal static partial nint pt_requires_grad_(TensorHandle x, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library)]
    internal static partial nint pt_backward(TensorHandle loss);

    [LibraryImport(Library)]
    internal static partial nint pt_grad(TensorHandle x, out TensorHandle result);
}

internal static partial class torch
{
    /// <summary>Nothing is recorded for gradients on this thread until the result is disposed of.</summary>
    public static IDisposable no_grad() => new GradMode(enabled: false);

    private sealed class GradMode(bool enabled) : IDisposable
    {
        private readonly bool _before = Native.pt_grad_mode(enabled);

        public void Dispose() => Native.pt_grad_mode(_before);
    }
}
