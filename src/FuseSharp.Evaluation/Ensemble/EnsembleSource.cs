using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>A source of an ensemble: where it and the target have read the same bytes, and where its next token's probability goes.</summary>
internal sealed class EnsembleSource : IDisposable
{
    private readonly Lazy<BoundaryAligner> _aligner; // where both have one tokenizer it is needed only for prompts that differ
    private readonly bool _sharesTokenizer;     // then every token has its counterpart
    private readonly ConversationProjection? _conversations;
    private readonly Tensor _targets;           // [own vocabulary] target ids; the target's vocabulary size where a token has no counterpart
    private readonly Dictionary<VocabularyProjection, Tensor> _targetsInAnswers = []; // the same, at the places of conversations
    private readonly long _targetVocabulary;

    /// <param name="model">Owned.</param>
    /// <param name="target">What it is carried to.</param>
    /// <param name="conversations">How both read conversations; null where the target cannot.</param>
    public EnsembleSource(LanguageModel model, LanguageModel target, ConversationProjection? conversations)
    {
        Model = model;
        _conversations = conversations;
        _targetVocabulary = target.Network.OutputWeight.shape[0];
        _sharesTokenizer = model.Tokenizer.Fingerprint == target.Tokenizer.Fingerprint;
        var projection = _sharesTokenizer ? null : VocabularyProjection.ToFirstToken(target.Tokenizer, model.Tokenizer);
        _aligner = new(() => new BoundaryAligner(target.Tokenizer, model.Tokenizer, projection));
        _targets = TargetsOf(projection);
    }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>For each target position the source position that has read the same bytes.</summary>
    /// <param name="target">The text as the target reads it, the token that starts it included. Ends may count from any place, the same for both.</param>
    /// <param name="own">Likewise as the source reads it.</param>
    /// <returns>[target positions]; −1 where there is none.</returns>
    public int[] Positions(EncodedPiece target, EncodedPiece own)
        => IsSame(target, own) ? [.. Enumerable.Range(0, target.Count)]
            : target.Learned is not null ? ConversationProjection.SourcePositions(target, own)
            : _aligner.Value.SourcePositions(Tokens(target), Tokens(own));

    /// <summary>Where the source's probabilities go at some positions, as a rule in one way at all of them.</summary>
    /// <param name="target">The text as the target reads it.</param>
    /// <param name="own">As the source reads it.</param>
    /// <param name="pairs">Positions of the target with those of the source.</param>
    /// <returns>For each way its target ids, [own vocabulary], and the indices of its pairs.</returns>
    public IEnumerable<(Tensor Targets, long[] Pairs)> Ways(EncodedPiece target, EncodedPiece own, IReadOnlyList<(int Target, int Own)> pairs)
    {
        if (target.Learned is null || IsSame(target, own))
        {
            return [(_targets, [.. Enumerable.Range(0, pairs.Count).Select(i => (long)i)])];
        }

        return pairs.Select((p, i) => (Projection: _conversations!.At(target, p.Target, own, p.Own), Pair: (long)i)).GroupBy(p => p.Projection, p => p.Pair)
            .Select(g => (_targetsInAnswers.TryGetValue(g.Key, out var known) ? known : _targetsInAnswers[g.Key] = TargetsOf(g.Key), g.ToArray()));
    }

    /// <summary>The source's distributions in the target's vocabulary.</summary>
    /// <param name="states">[n, hidden].</param>
    /// <param name="targets">Where its tokens go, from <see cref="Ways"/>; null for plain texts.</param>
    /// <returns>[n, target vocabulary + 1] float32; the last column holds what has no counterpart, so that a row sums to 1.</returns>
    public Tensor Carry(Tensor states, Tensor? targets = null)
    {
        using var scope = NewDisposeScope();
        var own = Model.Network.LogitsOf(states).to(ScalarType.Float32).softmax(1);
        var carried = zeros([states.shape[0], _targetVocabulary + 1], ScalarType.Float32, states.device);
        return carried.index_add_(1, targets ?? _targets, own, RootedScalar.Of(1.0)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _targets.Dispose();
        foreach (var targets in _targetsInAnswers.Values)
        {
            targets.Dispose();
        }

        Model.Dispose();
    }

    private bool IsSame(EncodedPiece target, EncodedPiece own) => _sharesTokenizer && target.Ids.AsSpan().SequenceEqual(own.Ids);

    // Rows of the head beyond the tokenizer's vocabulary stand for no token.
    private Tensor TargetsOf(VocabularyProjection? projection)
    {
        int own = (int)Model.Network.OutputWeight.shape[0];
        long[] targets = new long[own];
        for (int id = 0; id < own; id++)
        {
            targets[id] = projection is null ? Math.Min(id, _targetVocabulary) : id < projection.SourceTokens && projection.TargetOf(id) is >= 0 and var to ? to : _targetVocabulary;
        }

        return tensor(targets, device: Model.Network.OutputWeight.device).DetachFromDisposeScope();
    }

    private static Representation Tokens(EncodedPiece text) => new(default, text.Ids, text.EndsExclusive, new TopKLogits(0, [], [], []), []);
}
