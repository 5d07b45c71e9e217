namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>From the most negative to the largest: bits of negative numbers are turned over, others get the highest bit.</summary>
internal readonly struct BySize : INumberOrder
{
    private const uint Sign = 0x80000000;

    public static uint Key(uint bits) => (bits & Sign) != 0 ? ~bits : bits | Sign;

    /// <summary>The number of a key.</summary>
    public static float Number(uint key) => BitConverter.UInt32BitsToSingle((key & Sign) != 0 ? key & ~Sign : ~key);
}
