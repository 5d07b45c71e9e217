using FuseSharp.Models.Rows;

namespace FuseSharp.Models.Decoding;

/// <summary>A linear map of rows.</summary>
/// <param name="Weight">Its weight.</param>
/// <param name="Bias">Null for none.</param>
internal sealed record RowMap(WeightRows Weight, float[]? Bias)
{
    /// <summary>x·Wᵀ + b.</summary>
    /// <param name="states">Only read.</param>
    /// <param name="results">Gets as many rows.</param>
    public void Run(StateRows states, StateRows results) => Weight.Multiply(states, Bias, results);
}
