using FuseSharp.Torch.Models;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Generate;

/// <summary>Reads texts and remembers the last one: what the next text has in common with its beginning is not read again.</summary>
/// <remarks>Benchmarks' prompts begin with the same examples, conversations with their turns so far. Not for use by several threads.</remarks>
/// <param name="model">Only read.</param>
internal sealed class PrefixReader(LanguageModel model) : IDisposable
{
    private int[] _read = []; // the tokens in the cache

    /// <summary>Keys and values of the text that was read last.</summary>
    public KeyValueCache Cache { get; private set; } = new();

    /// <summary>Reads a text.</summary>
    /// <param name="ids">Token ids, at least one.</param>
    /// <returns>[1, hidden] the final state of its last token.</returns>
    public Tensor Read(int[] ids)
    {
        int common = Math.Min(ids.AsSpan().CommonPrefixLength(_read), ids.Length - 1);
        using (var before = Cache)
        {
            Cache = before.Take(null, common);
        }

        _read = []; // until it is read: a fault leaves a cache that nothing may go on from
        using var scope = NewDisposeScope();
        var unread = tensor(ids[common..], [1, ids.Length - common], ScalarType.Int64, device: model.Network.OutputWeight.device);
        var states = model.Network.HiddenStates(unread, Cache);
        _read = ids;
        return states[0].narrow(0, ids.Length - common - 1, 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => Cache.Dispose();
}
