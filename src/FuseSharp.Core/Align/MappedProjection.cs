namespace FuseSharp.Core.Align;

/// <summary>Sends a source token to the target token that the reference's vocabulary map names: the most similar spelling.</summary>
/// <remarks>Differs from FuseLLM: tokens that share a counterpart add their probabilities; theirs keeps the first only.</remarks>
public sealed class MappedProjection : ITokenProjection
{
    private readonly int[] _targets;

    /// <summary>Takes over a vocabulary map.</summary>
    /// <param name="targets">[source vocabulary]: target token ids (<c>VocabularyMap.Targets</c>); copied.</param>
    /// <param name="sourceModelVocabulary">Width of the source model's logits where it exceeds the tokenizer's vocabulary; the ids between stay uncarried.</param>
    public MappedProjection(ReadOnlySpan<int> targets, int sourceModelVocabulary = 0)
    {
        _targets = new int[Math.Max(targets.Length, sourceModelVocabulary)];
        targets.CopyTo(_targets);
        _targets.AsSpan(targets.Length).Fill(-1);
    }

    /// <inheritdoc/>
    public int SourceTokens => _targets.Length;

    /// <inheritdoc/>
    public ReadOnlySpan<int> TargetsOf(int id) => _targets[id] < 0 ? [] : _targets.AsSpan(id, 1);

    /// <inheritdoc/>
    public ReadOnlySpan<float> SharesOf(int id) => _targets[id] < 0 ? [] : [1f];
}
