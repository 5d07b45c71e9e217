using FuseSharp.Models.Layers;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Models.Generate;

/// <summary>Reads texts and remembers the last one: what the next text has in common with its beginning is not read again.</summary>
/// <remarks>Benchmarks' prompts begin with the same examples, conversations with their turns so far. Not for use by several threads.</remarks>
/// <param name="model">Only read.</param>
public sealed class PrefixReader(LanguageModel model) : IDisposable
{
    private int[] _read = []; // the tokens in the cache

    /// <summary>Keys and values of the text that was read last.</summary>
    public KeyValueCache Cache { get; private set; } = new();

    /// <summary>Reads a text.</summary>
    /// <param name="ids">Token ids, at least one.</param>
    /// <returns>[1, hidden] the final state of its last token.</returns>
    public Tensor Read(int[] ids) => Read(ids, int.MaxValue, () => true)!;

    /// <summary>Reads a text in pieces.</summary>
    /// <param name="ids">Token ids, at least one.</param>
    /// <param name="pieceTokens">Most tokens to read at once, at least 1.</param>
    /// <param name="goesOn">Asked between two pieces.</param>
    /// <returns>[1, hidden] the final state of its last token; null where it did not go on.</returns>
    public Tensor? Read(int[] ids, int pieceTokens, Func<bool> goesOn)
    {
        int read = Math.Min(ids.AsSpan().CommonPrefixLength(_read), ids.Length - 1);
        using (var before = Cache)
        {
            Cache = before.Take(null, read);
        }

        while (true)
        {
            _read = []; // until it is read: a fault leaves a cache that nothing may go on from
            using (var scope = NewDisposeScope())
            {
                int count = Math.Min(pieceTokens, ids.Length - read);
                var unread = tensor(ids[read..(read + count)], [1, count], ScalarType.Int64).GoTo(model.Network.OutputWeight.device);
                var states = model.Network.HiddenStates(unread, Cache);
                read += count;
                _read = ids[..read];
                if (read == ids.Length)
                {
                    return states[0].narrow(0, count - 1, 1).MoveToOuterDisposeScope();
                }
            }

            if (!goesOn())
            {
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Cache.Dispose();
}
