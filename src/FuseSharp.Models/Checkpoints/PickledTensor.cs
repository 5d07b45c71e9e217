namespace FuseSharp.Models.Checkpoints;

/// <summary>A tensor as a pickle describes it.</summary>
/// <param name="Storage">Where its numbers are.</param>
/// <param name="Offset">First of them, in elements.</param>
/// <param name="Shape">Sizes, none negative.</param>
/// <param name="Strides">Steps in elements, none negative.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Elements of the storage from the first to the last one.</summary>
    public long Span { get; } = SpanOf(Shape, Strides);

    /// <summary>Whether the elements lie one behind the other in order.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (int d = Shape.Length - 1; d >= 0; d--)
            {
                if (Shape[d] != 1 && Strides[d] != expected)
                {
                    return false;
                }

                expected *= Shape[d];
            }

            return true;
        }
    }

    // Saturates: what does not fit in a file need not be exact.
    private static long SpanOf(long[] shape, long[] strides)
    {
        if (shape.Contains(0))
        {
            return 0;
        }

        Int128 last = 0;
        for (int d = 0; d < shape.Length; d++)
        {
            last += (Int128)(shape[d] - 1) * strides[d];
        }

        return (long)Int128.Min(last + 1, long.MaxValue);
    }
}
