using FuseSharp.Storage.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Chooses how gradients travel.</summary>
internal static class GradientTransports
{
    /// <summary>NCCL between graphics processors where all ranks have it, else main memory.</summary>
    /// <param name="device">Where the model lies.</param>
    /// <param name="ranks">More than one.</param>
    /// <param name="say">Gets a line where main memory is not the best there could be.</param>
    public static IGradientTransport Create(Device device, IProcessGroup ranks, Action<string> say)
    {
        if (device.type == DeviceType.CPU)
        {
            return new HostTransport(ranks);
        }

        DeviceRuntime? runtime = null;
        var nccl = NcclLibrary.Find(Environment.GetEnvironmentVariable(NcclLibrary.Variable), out string? why);
        if (nccl is not null)
        {
            runtime = DeviceRuntime.Find(out why);
        }

        double[] lacking = [runtime is null ? 1 : 0];
        ranks.Sum(lacking);
        if (nccl is null || runtime is null || lacking[0] > 0)
        {
            say($"Gradients go through main memory: {why ?? "another rank cannot use NCCL"}.");
            return new HostTransport(ranks);
        }

        return new NcclTransport(ranks, nccl, runtime, device, NcclTransport.DefaultPatience);
    }
}
