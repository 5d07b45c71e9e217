namespace FuseSharp.Core.Align;

/// <summary>Names for every source token the target tokens that receive its probability.</summary>
/// <remarks>Immutable; built once for a pair of tokenizers and shared by all threads.</remarks>
public interface ITokenProjection
{
    /// <summary>Source tokens that have an entry, of the tokenizer and of what the model's logits have beyond it.</summary>
    int SourceTokens { get; }

    /// <summary>Target token ids that share a source token's probability; empty where it is left uncarried.</summary>
    /// <param name="id">Source token, 0-based, less than <see cref="SourceTokens"/>.</param>
    ReadOnlySpan<int> TargetsOf(int id);

    /// <summary>The share of each of <see cref="TargetsOf"/>, above 0; they sum to at most 1.</summary>
    /// <param name="id">Source token, 0-based, less than <see cref="SourceTokens"/>.</param>
    ReadOnlySpan<float> SharesOf(int id);
}
