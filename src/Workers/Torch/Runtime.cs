using System.Runtime.InteropServices;

namespace Pipeline.Workers.Torch;

internal static partial class Native
{
    [LibraryImport(Library)]
    internal static partial void pt_error_free(nint error);

    [LibraryImport(Library)]
    internal static partial nint pt_version();

    [LibraryImport(Library)]
    internal static partial nint pt_library_path();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int pt_error_kind(string message);

    [LibraryImport(Library)]
    internal static partial void pt_keep_freed_memory();

    [LibraryImport(Library)]
    internal static partial nint pt_set_num_threads(int threads);

    [LibraryImport(Library)]
    internal static partial int pt_get_num_threads();
}

/// <summary>
/// libtorch, under the names that TorchSharp's public API gives it, so that what is written against this also compiles against that package.
/// Tensors belong to the innermost <see cref="NewDisposeScope"/> of their thread.
/// </summary>
internal static partial class torch
{
    /// <summary>libtorch's version.</summary>
    public static string __version__ => Marshal.PtrToStringUTF8(Native.pt_version())!;

    /// <summary>Sets how many threads the calling thread's work is spread over; other threads keep theirs.</summary>
    public static void set_num_threads(int num) => Native.Check(Native.pt_set_num_threads(num));

    /// <summary>How many threads the calling thread's work is spread over.</summary>
    public static int get_num_threads() => Native.pt_get_num_threads();

    /// <summary>A scope that disposes of the tensors made in it on this thread, but those moved out.</summary>
    public static DisposeScope NewDisposeScope() => new();
}
