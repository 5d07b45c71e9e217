using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Compares two stored tensors of one shape, a few megabytes at a time.</summary>
internal static class SameNumbers
{
    private const long Piece = 1 << 22; // numbers that are compared at once

    /// <summary>Whether all their numbers are the same.</summary>
    /// <param name="first">A file.</param>
    /// <param name="name">One of its tensors.</param>
    /// <param name="second">The same or another file.</param>
    /// <param name="other">One of its tensors, of the same shape.</param>
    public static bool Are(ITensorSource first, string name, ITensorSource second, string other)
    {
        long count = first.ShapeOf(name).Aggregate(1L, (product, d) => product * d);
        long piece = first is SafetensorsReader && second is SafetensorsReader ? Piece : Math.Max(1, count); // a pickle's tensors are read whole
        for (long at = 0; at < count; at += piece)
        {
            using var scope = NewDisposeScope();
            if (!Read(first, name, at, Math.Min(piece, count - at)).eq(Read(second, other, at, Math.Min(piece, count - at))).all().ToBoolean())
            {
                return false;
            }
        }

        return true;
    }

    private static Tensor Read(ITensorSource source, string name, long first, long count)
    {
        if (source is SafetensorsReader reader)
        {
            var numbers = empty([count], ScalarType.Float32);
            reader.CopyRange(name, first, numbers);
            return numbers;
        }

        var whole = empty([.. source.ShapeOf(name)], ScalarType.Float32);
        source.CopyTo(name, whole);
        return whole.flatten();
    }
}
