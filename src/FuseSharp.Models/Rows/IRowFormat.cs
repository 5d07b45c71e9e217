using System.Runtime.Intrinsics;

namespace FuseSharp.Models.Rows;

/// <summary>How numbers of a row of weights are stored: a way to read 32 of them.</summary>
internal unsafe interface IRowFormat
{
    /// <summary>Reads 32 numbers.</summary>
    /// <param name="row">Where the row's parts lie.</param>
    /// <param name="table">Of the codes; what a format without one does not look at.</param>
    /// <param name="block">Which 32.</param>
    static abstract (Vector512<float> First, Vector512<float> Second) Load(RowParts row, CodeTable table, long block);
}

/// <summary>Where the parts of a row of weights lie.</summary>
/// <param name="codes">Of its numbers; or the numbers themselves.</param>
/// <param name="scales">Of its groups.</param>
/// <param name="minima">Added to the numbers of its groups.</param>
internal readonly unsafe struct RowParts(byte* codes, float* scales, float* minima)
{
    /// <summary>Of its numbers; or the numbers themselves.</summary>
    public readonly byte* Codes = codes;

    /// <summary>Of its groups.</summary>
    public readonly float* Scales = scales;

    /// <summary>Added to the numbers of its groups.</summary>
    public readonly float* Minima = minima;
}

/// <summary>What codes of four bits stand for, before their scale.</summary>
/// <param name="Numbers">By code.</param>
/// <param name="Codes">The same as bytes.</param>
internal readonly record struct CodeTable(Vector512<float> Numbers, Vector128<sbyte> Codes);
