using System.Runtime.InteropServices;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>The base, moved towards another model by min(1, t / distance), number by number: what is within t becomes the other's.</summary>
/// <remarks>As in mergekit, whose source is alchemonaut's note on the method.</remarks>
internal sealed class NearswapMerge : IMergeMethod
{
    public Tensor Merge(MergeInputs inputs)
    {
        float t = (float)inputs.Numbers.Shared(p => p.T, 0);
        var merged = inputs.ReadBase(buffer: 0);
        using var other = inputs.Read(0, buffer: 1);
        foreach (var ((piece, _), (otherPiece, _)) in TensorChunks.Cut(merged).Zip(TensorChunks.Cut(other)))
        {
            var numbers = MemoryMarshal.Cast<byte, float>(piece.bytes);
            var others = MemoryMarshal.Cast<byte, float>(otherPiece.bytes);
            for (int i = 0; i < numbers.Length; i++)
            {
                float distance = Math.Abs(numbers[i] - others[i]);
                float share = distance > t ? t / distance : 1;
                numbers[i] = (share * others[i]) + ((1 - share) * numbers[i]);
            }
        }

        return merged;
    }
}
