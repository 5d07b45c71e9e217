using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>The base, with another model's numbers where these matter by far the most (Arcee Fusion).</summary>
/// <remarks>
/// A number matters by |x − base| · KL(softmax of its row ‖ softmax of the base's row). Taken over is what lies at least 1.5 times the distance of the quartiles above the median.
/// mergekit takes median and quartiles of a million random numbers where a tensor has more; here they are exact.
/// </remarks>
internal sealed class ArceeFusionMerge : IMergeMethod
{
    private const double Epsilon = 1e-8; // mergekit's, added to every probability
    private const long ChunkNumbers = 1 << 20; // looked at together

    public Tensor Merge(MergeInputs inputs)
    {
        var merged = inputs.ReadBase(buffer: 0);
        using var other = inputs.Read(0, buffer: 1);
        using var scores = inputs.Copy(other, buffer: 2);
        WriteScores(merged, other, scores);
        float threshold = Threshold(scores);
        foreach (var ((piece, start), (otherPiece, _)) in TensorChunks.Cut(merged).Zip(TensorChunks.Cut(other)))
        {
            var numbers = MemoryMarshal.Cast<byte, float>(piece.bytes);
            var others = MemoryMarshal.Cast<byte, float>(otherPiece.bytes);
            var important = VectorRows.Numbers(scores, start, numbers.Length);
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = important[i] >= threshold ? others[i] : numbers[i];
            }
        }

        return merged;
    }

    // libtorch's own float32 sums, as mergekit's: divergences of nearly equal rows are little more than rounding, and what lies beside the threshold hangs on it.
    private static void WriteScores(Tensor from, Tensor to, Tensor scores)
    {
        long length = from.shape[^1];
        long rows = from.numel() / length;
        long step = Math.Max(1, ChunkNumbers / length);
        for (long row = 0; row < rows; row += step)
        {
            using var scope = NewDisposeScope();
            Tensor Part(Tensor whole) => whole.view(rows, length).narrow(0, row, Math.Min(step, rows - row));
            var p = nn.functional.softmax(Part(to), -1).PlusInPlace(Epsilon);
            var q = nn.functional.softmax(Part(from), -1).PlusInPlace(Epsilon);
            var divergence = (p / q).log_().mul_(p).sum(-1, keepdim: true);
            Part(scores).copy_((Part(to) - Part(from)).abs_().mul_(divergence));
        }
    }

    private static float Threshold(Tensor scores)
    {
        long last = scores.numel() - 1;
        float Quantile(float share) => BySize.Number(RankedNumbers<BySize>.Find(scores, last + 1 - (long)(share * last)).Key);
        return Quantile(0.5f) + (1.5f * (Quantile(0.75f) - Quantile(0.25f)));
    }
}
