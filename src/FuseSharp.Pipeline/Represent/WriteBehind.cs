using System.Threading.Channels;

namespace FuseSharp.Pipeline.Represent;

/// <summary>Writes on a thread of its own what the caller's thread makes, a few pieces behind: a device does not wait while rows are put into columns, compressed and hashed.</summary>
internal static class WriteBehind
{
    /// <summary>Makes and writes everything.</summary>
    /// <typeparam name="T">Of a piece.</typeparam>
    /// <param name="make">The pieces, drawn on the caller's thread; its token ends where the writer has failed too.</param>
    /// <param name="write">Draws all of them, on another thread. An error of <paramref name="make"/> reaches it when it has drawn what was made before.</param>
    /// <param name="waiting">Most pieces that are made and not yet drawn.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="Exception">What either of both throws, as it is; where one only ended because the other had failed, the other's.</exception>
    public static void Run<T>(Func<CancellationToken, IEnumerable<T>> make, Action<IEnumerable<T>> write, int waiting, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(waiting) { SingleReader = true, SingleWriter = true });
        var writing = Task.Factory.StartNew(() => Write(write, channel.Reader, ended), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var piece in make(ended.Token))
            {
                channel.Writer.WriteAsync(piece, ended.Token).AsTask().GetAwaiter().GetResult();
            }

            channel.Writer.Complete();
        }
        catch (Exception error)
        {
            channel.Writer.TryComplete(error);
            ((IAsyncResult)writing).AsyncWaitHandle.WaitOne();
            if (error is OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                writing.GetAwaiter().GetResult(); // it failed first
            }

            throw;
        }

        writing.GetAwaiter().GetResult();
    }

    private static void Write<T>(Action<IEnumerable<T>> write, ChannelReader<T> made, CancellationTokenSource ended)
    {
        try
        {
            write(made.ReadAllAsync().ToBlockingEnumerable());
        }
        catch
        {
            ended.Cancel();
            throw;
        }
    }
}
