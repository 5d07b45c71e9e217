using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Scoring;

/// <summary>Chooses the number type in which a model works.</summary>
public static class WorkingType
{
    /// <summary>The type for a precision on a device.</summary>
    /// <param name="precision">What the user asked for.</param>
    /// <param name="device">Where the model runs.</param>
    public static ScalarType Resolve(Precision precision, Device device)
        => precision switch
        {
            Precision.Float32 => ScalarType.Float32,
            Precision.Bfloat16 => ScalarType.BFloat16,
            _ => device.type == DeviceType.CUDA || HasFastBfloat16() ? ScalarType.BFloat16 : ScalarType.Float32,
        };

    // Measured on Intel Xeons: with AMX four to five times the float32 products a second, with AVX512-BF16 alone half as many. .NET has no query for it; Linux tells.
    // Not by a measurement at the start: ranks, and a run that goes on after a kill, must come to the same type.
    private static bool HasFastBfloat16()
    {
        const string Processors = "/proc/cpuinfo";
        return RuntimeInformation.ProcessArchitecture == Architecture.X64 && File.Exists(Processors)
            && File.ReadLines(Processors).FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal)) is { } flags
            && flags.Contains(" amx_bf16", StringComparison.Ordinal);
    }
}
