using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Adapters;

/// <summary>What A and B make of a weight: W + s·B·A, with DoRA (Liu et al. 2024) each row of it scaled to a length of its own.</summary>
/// <param name="contents">Holds A [rank, inputs], B [outputs, rank] and the lengths [outputs].</param>
/// <param name="parts">Their keys.</param>
/// <param name="scale">s.</param>
/// <param name="isTransposed">Whether the weight lies inputs by outputs, as GPT-2's maps and embeddings do.</param>
internal sealed class LowRankChange(AdapterContents contents, AdapterParts parts, double scale, bool isTransposed)
{
    /// <param name="weight">[outputs, inputs], or the other way round; float32.</param>
    /// <returns>Of the same shape.</returns>
    public Tensor Apply(Tensor weight)
    {
        var product = contents.Read(parts.Up!).matmul(contents.Read(parts.Down!)).mul_(RootedScalar.Of(scale));
        var whole = product.PlusInPlace(isTransposed ? weight.t() : weight);
        if (parts.Magnitude is not null)
        {
            var lengths = (whole * whole).sum(1).sqrt();
            whole = whole.mul_((contents.Read(parts.Magnitude) / lengths).unsqueeze(1));
        }

        return isTransposed ? whole.t() : whole;
    }
}
