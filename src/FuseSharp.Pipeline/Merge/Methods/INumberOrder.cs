namespace FuseSharp.Pipeline.Merge.Methods;

/// <summary>An order of float32 numbers, as keys that grow with them.</summary>
internal interface INumberOrder
{
    /// <summary>The key of a number.</summary>
    /// <param name="bits">Of the number.</param>
    static abstract uint Key(uint bits);
}
