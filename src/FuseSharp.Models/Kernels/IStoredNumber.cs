using System.Runtime.Intrinsics;

namespace FuseSharp.Models.Kernels;

/// <summary>A number type in which tensors are stored; all computing is float32, sixteen at a time.</summary>
/// <remarks>Loops go over whole sixteens and handle the rest of a row behind them: a call inside a loop makes the compiler keep all vectors in memory, which
/// costs a factor of ten.</remarks>
public unsafe interface IStoredNumber
{
    /// <summary>Bytes of a number.</summary>
    static abstract int Size { get; }

    /// <summary>Reads 16 numbers.</summary>
    /// <param name="row">Where a row starts.</param>
    /// <param name="at">First number.</param>
    static abstract Vector512<float> Load(void* row, long at);

    /// <summary>Reads the last <paramref name="count"/> numbers of a row, fewer than 16; the other lanes are 0.</summary>
    static abstract Vector512<float> LoadRest(void* row, long at, long count);

    /// <summary>Writes 16 numbers, rounded to nearest, ties to even.</summary>
    static abstract void Store(void* row, long at, Vector512<float> values);

    /// <summary>Writes the first <paramref name="count"/> lanes, fewer than 16.</summary>
    static abstract void StoreRest(void* row, long at, long count, Vector512<float> values);
}
