using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>Chooses how gradients travel.</summary>
internal static class GradientTransports
{
    /// <summary>The fastest that there is for a device.</summary>
    /// <param name="device">Where the model lies.</param>
    /// <param name="ranks">More than one.</param>
    public static IGradientTransport Create(Device device, IProcessGroup ranks) => new HostTransport(ranks);
}
