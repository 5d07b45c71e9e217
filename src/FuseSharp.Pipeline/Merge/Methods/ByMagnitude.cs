namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>By absolute value: without their sign the bits of numbers are in their order.</summary>
internal readonly struct ByMagnitude : INumberOrder
{
    private const uint Sign = 0x80000000;

    public static uint Key(uint bits) => bits & ~Sign;
}
