using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Pipeline.Contracts;
using Pipeline.Workers.Training;

namespace Pipeline.Workers.Torch;

/// <summary>
/// The C ABI of <c>native/</c>: each of its files has its imports in the file of the same name here. Every call that can fail returns an error,
/// which <see cref="Check"/> throws.
/// </summary>
internal static partial class Native
{
    private const string Library = "pipeline_torch";
    private const string FileName = "libpipeline_torch.so";

    /// <summary>The kind of an error without words.</summary>
    private const int MemoryRanOut = 1;

    static Native()
    {
        NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, Resolve);

        // By default a waiting OpenMP thread spins for milliseconds, which takes the processor from the threads it waits for wherever there are more
        // threads than processors. Read by the OpenMP library when it is loaded; what the user has set stays.
        _ = setenv("GOMP_SPINCOUNT", "20000", 0);

        // Without memory of its own for each product, cuBLAS adds up in an order that differs from run to run.
        _ = setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
        pt_keep_freed_memory();
    }

    /// <summary>Throws the error of a call, where there is one, and frees it.</summary>
    public static unsafe void Check(nint error)
    {
        if (error == 0)
        {
            return;
        }

        var native = (NativeError*)error;
        int kind = native->Kind;
        string message = Marshal.PtrToStringUTF8(native->Message) ?? "";
        pt_error_free(error);
        throw kind == MemoryRanOut ? TorchFaults.MemoryRanOut() : TorchFaults.Of(message);
    }

    /// <summary>The tensor that a call made, or its error.</summary>
    public static Tensor Result(nint error, TensorHandle handle)
    {
        Check(error);
        return new Tensor(handle);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        string? file = Candidates().FirstOrDefault(File.Exists);
        return file is not null ? NativeLibrary.Load(file) : throw new PipelineException(
            $"{FileName} was not found in a folder 'native' above {AppContext.BaseDirectory}. Build it with src/Workers/Torch/native/build.sh "
            + "(./pipeline does), or let PIPELINE_NATIVE name the folder that holds it.");
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("PIPELINE_NATIVE") is { Length: > 0 } folder)
        {
            yield return Path.Combine(folder, FileName);
        }

        for (DirectoryInfo? above = new(AppContext.BaseDirectory); above is not null; above = above.Parent)
        {
            yield return Path.Combine(above.FullName, "native", FileName);
        }
    }

    /// <summary>.NET's own environment is a copy that native libraries do not see.</summary>
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [StructLayout(LayoutKind.Sequential)]
    private struct NativeError
    {
        public int Kind;
        public nint Message;
    }
}

/// <summary>Owns one tensor of libtorch.</summary>
internal sealed class TensorHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    public TensorHandle()
        : base(ownsHandle: true)
    {
    }

    protected override bool ReleaseHandle()
    {
        Native.pt_tensor_free(handle);
        return true;
    }
}
