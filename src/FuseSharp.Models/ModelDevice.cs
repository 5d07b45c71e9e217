using FuseSharp.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models;

/// <summary>Where models run, by its name.</summary>
public static class ModelDevice
{
    /// <summary>The processor.</summary>
    public const string Processor = "cpu";

    /// <summary>Finds a device.</summary>
    /// <param name="name">cpu, cuda or cuda:N.</param>
    /// <param name="localRank">Which of several processes on this machine asks: <c>cuda</c> then gives each one of its own. Null for the only process.</param>
    /// <exception cref="UsageException">There is no such device.</exception>
    public static Device Find(string name, int? localRank = null)
    {
        Device device;
        try
        {
            device = new Device(name);
        }
        catch (ArgumentException)
        {
            throw new UsageException($"'{name}' is not a device. Expected cpu, cuda or cuda:N.");
        }

        if (device.type != DeviceType.CUDA)
        {
            return device;
        }

        return !cuda.is_available() ? throw new UsageException($"The device '{name}' needs CUDA, which this build of libtorch or this machine does not have. Set FUSESHARP_LIBTORCH=python where PyTorch has CUDA, reference TorchSharp-cuda-linux (in this repository: build with -p:LibTorch=cuda-12.8), or use cpu.")
            : device.index < 0 && localRank is { } rank ? new Device(DeviceType.CUDA, rank) : device;
    }
}
