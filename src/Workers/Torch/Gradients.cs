using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial nint pt_gradient_norm(ReadOnlySpan<nint> parameters, int count, out TensorHandle norm);
}
