using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Where a tensor's numbers lie, in main memory or a graphics processor's. TorchSharp gives the address of the former only.</summary>
internal static partial class TensorAddress
{
    /// <summary>The address of the first number.</summary>
    /// <param name="tensor">Contiguous; must be alive while the address is used.</param>
    public static nint Of(Tensor tensor)
    {
        nint address = Data(tensor.Handle);
        GC.KeepAlive(tensor);
        return address;
    }

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint Data(nint tensor);
}
