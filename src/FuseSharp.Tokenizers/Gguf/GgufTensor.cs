namespace FuseSharp.Tokenizers.Gguf;

/// <summary>Where a tensor lies in a GGUF file, and in what form.</summary>
/// <param name="Name">Such as <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Shape">Outermost dimension first, as in PyTorch; the file itself lists the innermost first.</param>
/// <param name="Type">How its numbers are stored.</param>
/// <param name="Start">Byte offset in the file.</param>
/// <param name="ByteCount">Length in bytes.</param>
public sealed record GgufTensor(string Name, IReadOnlyList<long> Shape, GgufType Type, long Start, long ByteCount)
{
    /// <summary>The file that it lies in: a split model has several.</summary>
    public string Path { get; init; } = "";

    /// <summary>Numbers it holds.</summary>
    public long ElementCount => Shape.Aggregate(1L, (product, d) => product * d);
}
