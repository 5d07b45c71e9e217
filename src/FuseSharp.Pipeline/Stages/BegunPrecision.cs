using FuseSharp.Models.Scoring;
using FuseSharp.Storage.Artifacts;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Stages;

/// <summary>What <see cref="Precision.Auto"/> comes to in a stage that may have been begun: it goes on in its number type, on whatever processor and beside whatever load the measurement is made now.</summary>
internal static class BegunPrecision
{
    /// <summary>Chooses.</summary>
    /// <param name="asked">By the user.</param>
    /// <param name="device">Where the stage works.</param>
    /// <param name="folder">Final name of its output.</param>
    /// <param name="hashOf">Its key in a number type; asked only where something is there.</param>
    public static Precision Choose(Precision asked, Device device, string folder, Func<Precision, string> hashOf)
    {
        var here = WorkingType.Choose(asked, device);
        if (asked != Precision.Auto || (StageDirectory.KeyOfPartial(folder) ?? Manifest.ReadOwn(folder)?.Key) is not { } begun)
        {
            return here;
        }

        var other = here == Precision.Bfloat16 ? Precision.Float32 : Precision.Bfloat16;
        return begun != hashOf(here) && begun == hashOf(other) ? other : here;
    }
}
