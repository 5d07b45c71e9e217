using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Evaluation.Ensemble;

/// <summary>Next-token distributions at n positions, mixed from several models: (a·own + Σ w·carried) / Σ w, where a also holds what no source could carry.</summary>
internal sealed class MixedDistributions : IDisposable
{
    private readonly Tensor _own;      // [n, v] log-probabilities of the target
    private readonly Tensor _ownShare; // [n, 1] its weight
    private readonly Tensor _carried;  // [n, v] weighted sum of what the sources say
    private readonly Tensor _weights;  // [n, 1] sum of the weights of the models that have a distribution here

    /// <param name="own">[n, vocabulary] log-probabilities of the target; moved here.</param>
    /// <param name="weight">The target's weight.</param>
    public MixedDistributions(Tensor own, double weight)
    {
        _own = own.DetachFromDisposeScope();
        _ownShare = full([own.shape[0], 1], RootedScalar.Of(weight), ScalarType.Float32, own.device).DetachFromDisposeScope();
        _weights = _ownShare.clone().DetachFromDisposeScope();
        _carried = zeros_like(own).DetachFromDisposeScope();
    }

    /// <summary>Adds a source.</summary>
    /// <param name="carried">[rows, vocabulary + 1] its probabilities; the last column is what has no counterpart, which goes to the target's own distribution.</param>
    /// <param name="rows">The positions at which it has a distribution.</param>
    /// <param name="weight">Its weight.</param>
    public void Add(Tensor carried, long[] rows, double weight)
    {
        using var scope = NewDisposeScope();
        long vocabulary = _own.shape[1];
        var index = tensor(rows).GoTo(_own.device);
        _carried.index_add_(0, index, carried.narrow(1, 0, vocabulary), RootedScalar.Of(weight));
        _ownShare.index_add_(0, index, carried.narrow(1, vocabulary, 1), RootedScalar.Of(weight));
        _weights.index_add_(0, index, ones_like(carried.narrow(1, vocabulary, 1)), RootedScalar.Of(weight));
    }

    /// <summary>[n, vocabulary]; rows sum to 1.</summary>
    public Tensor Probabilities()
    {
        using var scope = NewDisposeScope();
        return _own.exp().mul(_ownShare).Plus(_carried).div(_weights).MoveToOuterDisposeScope();
    }

    /// <summary>[n] the most likely token at each position.</summary>
    /// <param name="vocabularySize">Ids from here on stand for no token and are none.</param>
    public long[] TopTokens(int vocabularySize)
    {
        using var scope = NewDisposeScope();
        return Probabilities().narrow(1, 0, vocabularySize).argmax(1).cpu().data<long>().ToArray();
    }

    /// <summary>The log-probability of one token at each position.</summary>
    /// <remarks>The target's part is added as a logarithm: a token that every model finds next to impossible has a finite cost, and one model alone has exactly its own.</remarks>
    /// <param name="labels">[n] token ids.</param>
    public float[] LogProbabilities(long[] labels)
    {
        using var scope = NewDisposeScope();
        var label = tensor(labels, [labels.Length, 1]).GoTo(_own.device);
        var own = _own.gather(1, label).Plus(_ownShare.log());
        var carried = _carried.gather(1, label).log(); // −∞ where no source has it
        return own.logaddexp(carried).sub(_weights.log()).cpu().data<float>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Dispose();
        _ownShare.Dispose();
        _carried.Dispose();
        _weights.Dispose();
    }
}
