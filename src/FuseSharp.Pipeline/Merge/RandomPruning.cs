using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>Keeps each change with the probability density (DARE's drop and rescale).</summary>
/// <remarks>As mergekit does it, kept changes grow by the ratio of the sums of absolute values; the paper's factor 1/density is what this is on average.
/// The draw depends on seed, model and tensor alone.</remarks>
/// <param name="densities">Of each model.</param>
/// <param name="rescales">Whether kept changes grow.</param>
/// <param name="seed">Of the draw.</param>
internal sealed class RandomPruning(double[] densities, bool rescales, long seed) : IChangePruning
{
    public void Prune(Tensor change, int model, string name)
    {
        if (densities[model] >= 1)
        {
            return;
        }

        double before = rescales ? ChangeNorm.Compute(change) : 0;
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}/{model}/{name}")));
        using var generator = new Generator(BinaryPrimitives.ReadUInt64LittleEndian(hash));
        foreach (var (piece, _) in TensorChunks.Cut(change))
        {
            using var kept = empty_like(piece).bernoulli_(densities[model], generator);
            piece.mul_(kept);
        }

        if (rescales)
        {
            ChangeNorm.Restore(change, before);
        }
    }
}
