namespace FuseSharp.Core.Align;

/// <summary>Names for every source token the target token that receives its probability.</summary>
/// <remarks>Immutable; built once for a pair of tokenizers and shared by all threads.</remarks>
public interface ITokenProjection
{
    /// <summary>[source vocabulary]: target token ids; −1 where the target has no counterpart and the probability is left uncarried.</summary>
    ReadOnlySpan<int> Targets { get; }
}
