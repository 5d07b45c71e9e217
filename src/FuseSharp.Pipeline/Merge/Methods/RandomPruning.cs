using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>Keeps each change with the probability density (DARE's drop and rescale, Yu et al. 2024).</summary>
/// <remarks>As mergekit does it, kept changes grow by the ratio of the sums of absolute values; the paper's factor 1/density is what this is on average.
/// The draw depends on seed, model and tensor alone.</remarks>
/// <param name="rescales">Whether kept changes grow.</param>
internal sealed class RandomPruning(bool rescales) : IChangePruning
{
    private const long DefaultSeed = 42;

    public void Prune(Tensor change, int model, MergeInputs inputs)
    {
        double density = inputs.Numbers.OfModels(p => p.Density, 1)[model];
        if (density >= 1)
        {
            return;
        }

        double before = rescales ? ChangeNorm.Compute(change) : 0;
        using var generator = Draw(inputs, model);
        foreach (var (piece, _) in TensorChunks.Cut(change))
        {
            using var kept = empty_like(piece).bernoulli_(density, generator);
            piece.mul_(kept);
        }

        if (rescales)
        {
            ChangeNorm.Restore(change, before);
        }
    }

    /// <summary>The draw of a model's tensor.</summary>
    public static Generator Draw(MergeInputs inputs, int model)
    {
        long seed = inputs.Numbers.Setting(p => p.Seed, DefaultSeed);
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}/{model}/{inputs.Name}")));
        return new Generator(BinaryPrimitives.ReadUInt64LittleEndian(hash));
    }
}
