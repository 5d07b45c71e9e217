using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Native;
using FuseSharp.Tokenizers;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>A source of an ensemble: where it and the target have read the same bytes, and where its next token's probability goes.</summary>
internal sealed class EnsembleSource : IDisposable
{
    private readonly Lazy<BoundaryAligner> _aligner; // where both have one tokenizer it is needed only for prompts that differ
    private readonly bool _sharesTokenizer;     // then every token has its counterpart
    private readonly Tensor _targets;           // [own vocabulary] target ids; the target's vocabulary size where a token has no counterpart
    private readonly long _targetVocabulary;

    /// <param name="model">Owned.</param>
    /// <param name="target">What it is carried to.</param>
    public EnsembleSource(LanguageModel model, LanguageModel target)
    {
        Model = model;
        _targetVocabulary = target.Network.OutputWeight.shape[0];
        int own = (int)model.Network.OutputWeight.shape[0];
        long[] targets = new long[own];
        _sharesTokenizer = model.Tokenizer.Fingerprint == target.Tokenizer.Fingerprint;
        var projection = _sharesTokenizer ? null : VocabularyProjection.ToFirstToken(target.Tokenizer, model.Tokenizer, own);
        _aligner = new(() => new BoundaryAligner(target.Tokenizer, model.Tokenizer, projection));
        for (int id = 0; id < own; id++)
        {
            targets[id] = projection is null ? Math.Min(id, _targetVocabulary) : projection.TargetOf(id) is >= 0 and var to ? to : _targetVocabulary;
        }

        _targets = tensor(targets, device: model.Network.OutputWeight.device).DetachFromDisposeScope();
    }

    /// <summary>The model.</summary>
    public LanguageModel Model { get; }

    /// <summary>For each target position the source position that has read the same bytes.</summary>
    /// <param name="target">The text as the target reads it, the token that starts it included. Ends may count from any place, the same for both.</param>
    /// <param name="own">Likewise as the source reads it.</param>
    /// <returns>[target positions]; −1 where there is none.</returns>
    public int[] Positions(TokenizedText target, TokenizedText own)
        => _sharesTokenizer && target.Ids.AsSpan().SequenceEqual(own.Ids) ? [.. Enumerable.Range(0, target.Count)] : _aligner.Value.SourcePositions(Tokens(target), Tokens(own));

    /// <summary>The source's distributions in the target's vocabulary.</summary>
    /// <param name="states">[n, hidden].</param>
    /// <returns>[n, target vocabulary + 1] float32; the last column holds what has no counterpart, so that a row sums to 1.</returns>
    public Tensor Carry(Tensor states)
    {
        using var scope = NewDisposeScope();
        var own = Model.Network.LogitsOf(states).to(ScalarType.Float32).softmax(1);
        var carried = zeros([states.shape[0], _targetVocabulary + 1], ScalarType.Float32, states.device);
        return carried.index_add_(1, _targets, own, RootedScalar.Of(1.0)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _targets.Dispose();
        Model.Dispose();
    }

    private static Representation Tokens(TokenizedText text) => new(default, text.Ids, text.EndsExclusive, new TopKLogits(0, [], [], []), []);
}
