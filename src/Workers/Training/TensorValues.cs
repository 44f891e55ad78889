using System.Runtime.InteropServices;

namespace Pipeline.Workers.Training;

/// <summary>The elements of float tensors.</summary>
internal static class TensorValues
{
    /// <summary>The elements in place, of a tensor in the machine's memory; valid while the tensor lives.</summary>
    public static Span<float> Floats(this Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    /// <summary>A copy of the elements, wherever the tensor lies.</summary>
    public static float[] FloatValues(this Tensor tensor)
    {
        using Tensor here = tensor.cpu();
        return here.Floats().ToArray();
    }

    /// <summary>Takes over floats, wherever the tensor lies.</summary>
    public static void SetFloats(this Tensor tensor, float[] values)
    {
        if (tensor.device.type == DeviceType.CPU)
        {
            values.CopyTo(tensor.Floats());
            return;
        }

        using Tensor here = torch.tensor(values, tensor.shape);
        using IDisposable off = torch.no_grad();
        tensor.copy_(here);
    }
}
