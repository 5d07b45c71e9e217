using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Moves tensors between files and memory in pieces, whatever their size.</summary>
public static class TensorChunks
{
    // Large enough that a piece costs far more than its mapping, small beside any model. A multiple of every GGUF block.
    private const long Elements = 1 << 20;

    /// <summary>Flat views, in order, that cover a tensor; each is disposed when the next is asked for.</summary>
    /// <param name="contiguous">Any shape.</param>
    public static IEnumerable<(Tensor Piece, long Start)> Cut(Tensor contiguous)
    {
        using var flat = contiguous.view(-1);
        long count = flat.shape[0];
        for (long start = 0; start < count; start += Elements)
        {
            using var piece = flat.narrow(0, start, Math.Min(Elements, count - start));
            yield return (piece, start);
        }
    }

    /// <summary>Fills a tensor from numbers that lie in a file one behind the other.</summary>
    /// <param name="file">Where.</param>
    /// <param name="start">First byte; the range lies inside the file.</param>
    /// <param name="stored">Their type.</param>
    /// <param name="destination">Contiguous, on the CPU.</param>
    public static void Fill(MappedFile file, long start, ScalarType stored, Tensor destination)
    {
        using var noGradient = no_grad();
        int size = SafetensorsType.SizeOf(stored);
        foreach (var (piece, at) in Cut(destination))
        {
            int bytes = checked((int)(piece.shape[0] * size));
            if (piece.dtype == stored)
            {
                file.Read(start + (at * size), bytes, b => b.CopyTo(piece.bytes));
                continue;
            }

            using var raw = empty(piece.shape, stored);
            file.Read(start + (at * size), bytes, b => b.CopyTo(raw.bytes));
            piece.copy_(raw);
        }
    }
}
