using System.Runtime.InteropServices;
using System.Text;

namespace FuseSharp.Models.Native;

/// <summary>A graphics processor as NVIDIA's driver names it: asked without libtorch, whose build may lack CUDA.</summary>
/// <param name="Name">Such as <c>NVIDIA H100 80GB HBM3</c>.</param>
/// <param name="Bytes">Its memory.</param>
public sealed unsafe partial record GraphicsProcessor(string Name, long Bytes)
{
    private const string Driver = "libcuda.so.1";
    private const int LongestName = 256;

    /// <summary>All of this machine; none where there is no driver. Linux only.</summary>
    public static IReadOnlyList<GraphicsProcessor> FindAll()
    {
        try
        {
            return Initialize(0) != 0 || Count(out int count) != 0 ? [] : [.. Enumerable.Range(0, count).Select(Describe)];
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return [];
        }
    }

    private static GraphicsProcessor Describe(int number)
    {
        byte* name = stackalloc byte[LongestName];
        nuint bytes = 0;
        return Device(out int device, number) == 0 && NameOf(name, LongestName, device) == 0 && MemoryOf(out bytes, device) == 0
            ? new(Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)), (long)bytes)
            : new("a device that does not answer", 0);
    }

    [LibraryImport(Driver, EntryPoint = "cuInit")]
    private static partial int Initialize(uint flags);

    [LibraryImport(Driver, EntryPoint = "cuDeviceGetCount")]
    private static partial int Count(out int count);

    [LibraryImport(Driver, EntryPoint = "cuDeviceGet")]
    private static partial int Device(out int device, int number);

    [LibraryImport(Driver, EntryPoint = "cuDeviceGetName")]
    private static partial int NameOf(byte* name, int length, int device);

    [LibraryImport(Driver, EntryPoint = "cuDeviceTotalMem_v2")]
    private static partial int MemoryOf(out nuint bytes, int device);
}
