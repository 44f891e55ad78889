using Pipeline.Workers.Torch;

namespace Pipeline.Workers;

/// <summary>What other rooms may know of libtorch.</summary>
public static class LibTorch
{
    /// <summary>Its version, for example <c>1.13.1</c>; asking loads the native library.</summary>
    /// <exception cref="TypeInitializationException">The native library cannot be loaded; the inner exception says what to do.</exception>
    public static string Version => torch.__version__;
}
