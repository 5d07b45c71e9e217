using FuseSharp.Models.Architectures;
using FuseSharp.Models.Native;
using FuseSharp.Storage.Ranks;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>Memory that a rank has.</summary>
internal static class RankMemory
{
    /// <summary>Of what a rank has, what a plan may fill: it reckons, and does not measure.</summary>
    public const double Usable = 0.9;

    /// <summary>Whether all ranks hold the whole gradient of a step, by what <see cref="TrainMemory"/> reckons. The same on the same machines whatever else they do, so that a continued training goes on as it began.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="options">How, with the batch size that is used.</param>
    /// <param name="length">Tokens of a block.</param>
    /// <param name="ranks">All of them; each asks.</param>
    /// <param name="bytes">That this rank has; null to look.</param>
    public static bool HoldsWholeGradient(CausalModel model, TrainOptions options, int length, IProcessGroup ranks, double? bytes = null)
    {
        if (ranks.Count == 1)
        {
            return true;
        }

        var first = model.parameters().First();
        var memory = TrainMemory.Compute(ModelCounts.Count(model.Config, "the target"), options with { ExchangeOnce = true }, length, (int)first.element_size(), ranks.Count);
        double[] lacking = [memory.Total <= Usable * (bytes ?? BytesOf(first.device, ranks)) ? 0 : 1];
        ranks.Sum(lacking);
        return lacking[0] == 0;
    }

    private static double BytesOf(Device device, IProcessGroup ranks)
        => device.type == DeviceType.CPU ? (double)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ranks.LocalCount
            : GraphicsProcessor.FindAll().ElementAtOrDefault(Math.Max(0, device.index))?.Bytes ?? 0;
}
