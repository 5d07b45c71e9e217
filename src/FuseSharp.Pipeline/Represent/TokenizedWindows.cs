using System.Threading.Channels;
using FuseSharp.Fusion.Records;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Reads and tokenizes texts ahead of the model, a window of them at a time.</summary>
/// <remarks>
/// A window is what batches are made of: large enough that texts of one length find each other, small enough that neither the corpus nor the length of its documents decides how
/// much memory is taken. Where windows end depends on the texts and the kind of device alone, so that a shard made again has the same bytes. Two windows at most wait for the model.
/// </remarks>
/// <param name="texts">The pieces.</param>
/// <param name="tokenize">A piece's tokens; called from several threads.</param>
/// <param name="windowTokens">A window ends with the block that reaches so many tokens.</param>
internal sealed class TokenizedWindows(TextPieceFiles texts, Func<TextPiece, TokenizedPiece> tokenize, int windowTokens)
{
    // Enough work for a few milliseconds on every core.
    private const int BlocksAtOnce = 32;
    private const int Waiting = 2;

    /// <summary>The windows of some shards, in order, each shard ending with one that says so.</summary>
    /// <param name="shards">Their numbers.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public IEnumerable<TokenizedWindow> Read(IEnumerable<int> shards, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var channel = Channel.CreateBounded<TokenizedWindow>(new BoundedChannelOptions(Waiting) { SingleReader = true, SingleWriter = true });
        var reading = Task.Run(() => Fill(channel.Writer, shards, ended.Token), CancellationToken.None);
        try
        {
            foreach (var window in channel.Reader.ReadAllAsync(cancellation).ToBlockingEnumerable(cancellation))
            {
                yield return window;
            }
        }
        finally
        {
            ended.Cancel();
            reading.Wait(CancellationToken.None); // it throws nothing: its faults go through the channel
        }
    }

    private async Task Fill(ChannelWriter<TokenizedWindow> writer, IEnumerable<int> shards, CancellationToken ended)
    {
        try
        {
            foreach (int shard in shards)
            {
                foreach (var window in WindowsOf(shard))
                {
                    await writer.WriteAsync(window, ended).ConfigureAwait(false);
                }
            }

            writer.Complete();
        }
        catch (Exception fault)
        {
            writer.Complete(fault is AggregateException { InnerException: { } inner } ? inner : fault); // the tokenizing threads wrap what they throw
        }
    }

    private IEnumerable<TokenizedWindow> WindowsOf(int shard)
    {
        var window = new List<TokenizedPiece>();
        int filled = 0;
        foreach (var block in texts.Read(shard).Chunk(BlocksAtOnce).SelectMany(chunk => chunk.AsParallel().AsOrdered().Select(tokenize)))
        {
            window.Add(block);
            filled += block.Tokens.Count;
            if (filled >= windowTokens)
            {
                yield return new TokenizedWindow(window, EndsShard: false);
                window = [];
                filled = 0;
            }
        }

        yield return new TokenizedWindow(window, EndsShard: true);
    }
}
