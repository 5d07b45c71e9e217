using FuseSharp.Fusion.Records;
using FuseSharp.Tokenizers;


namespace FuseSharp.Fusion.Align;

/// <summary>Whether a source token counts as the same token as a target token, as the FuseLLM reference decides.</summary>
internal sealed class TokenAgreement
{
    private readonly ITokenizer _target;
    private readonly ITokenizer _source;
    private readonly VocabularyMap? _map;
    private readonly Dictionary<string, int> _targetIds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _sourceIds = new(StringComparer.Ordinal);

    /// <summary>Looks both vocabularies up in each other.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="map">For <c>soft</c>; null for <c>hard</c>.</param>
    public TokenAgreement(ITokenizer target, ITokenizer source, VocabularyMap? map)
    {
        (_target, _source, _map) = (target, source, map);
        for (int id = 0; id < target.Vocabulary.Count; id++)
        {
            _targetIds[target.Vocabulary[id]] = id;
        }

        EqualTargets = new int[source.Vocabulary.Count];
        for (int id = 0; id < EqualTargets.Length; id++)
        {
            string replaced = Replaced(id);
            _sourceIds[replaced] = id;
            EqualTargets[id] = _targetIds.GetValueOrDefault(replaced, -1);
        }
    }

    /// <summary>[source vocabulary]: the target token of the same string, the word marker replaced; −1 where there is none.</summary>
    public int[] EqualTargets { get; }

    /// <summary>Whether two tokens agree.</summary>
    /// <param name="target">Target token id.</param>
    /// <param name="source">Source token id.</param>
    /// <param name="isFirst">Whether the target token is the document's first.</param>
    public bool Of(int target, int source, bool isFirst)
    {
        int own = _targetIds[_target.Vocabulary[target]];
        // Byte-level tokenizers start a text without the marker that SentencePiece puts before it.
        if (isFirst && _source.Family == TokenizerFamily.ByteLevel && StartsWord(_target, target) && !StartsWord(_source, source))
        {
            string marked = WordMarker.For(_target.Family) + Replaced(source);
            return _targetIds.GetValueOrDefault(marked, -1) == own
                || (_map is not null && _sourceIds.TryGetValue(marked, out int markedSource) && _map.Targets[markedSource] == own);
        }

        return EqualTargets[source] == own || _map?.Targets[source] == own;
    }

    private string Replaced(int source) => WordMarker.Replace(_source.Vocabulary[source], _source.Family, _target.Family);

    private static bool StartsWord(ITokenizer tokenizer, int id) => tokenizer.Vocabulary[id].StartsWith(WordMarker.For(tokenizer.Family));
}
