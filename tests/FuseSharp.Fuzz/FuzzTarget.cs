namespace FuseSharp.Fuzz;

/// <summary>A reader of files that come from elsewhere.</summary>
/// <param name="Name">What <c>--only</c> calls it.</param>
/// <param name="Kind">How its inputs are changed.</param>
/// <param name="Seeds">Good inputs.</param>
/// <param name="Run">Writes an input into an empty folder and reads it whole.</param>
public sealed record FuzzTarget(string Name, InputKind Kind, IReadOnlyList<byte[]> Seeds, Action<byte[], string> Run)
{
    /// <summary>Most bytes that a small input may let the reader take, in all.</summary>
    public long Allocation { get; init; } = 256L << 20;

    /// <summary>Whether it is known to hold; the others are for this program alone, until their readers are mended.</summary>
    public bool Holds { get; init; } = true;
}
