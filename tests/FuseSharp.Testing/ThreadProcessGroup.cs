using FuseSharp.Storage.Ranks;


namespace FuseSharp.Testing;

/// <summary>Ranks that are threads of this process: the plain meaning of every operation, to test in milliseconds what ranks do with each other.</summary>
public sealed class ThreadProcessGroup : IProcessGroup
{
    private readonly Room _room;

    private ThreadProcessGroup(Room room, int rank) => (_room, Rank) = (room, rank);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Count => _room.Said.Length;

    /// <inheritdoc/>
    public int LocalRank => Rank;

    /// <summary>Does something on several ranks at once.</summary>
    /// <returns>What each came to. The first fault of any of them is thrown: it ends the others.</returns>
    public static T[] Run<T>(int count, Func<IProcessGroup, T> work)
    {
        using var room = new Room(count);
        var results = new T[count];
        var faults = new List<Exception>();
        Thread[] threads = [.. Enumerable.Range(0, count).Select(rank => new Thread(() =>
        {
            try
            {
                results[rank] = work(new ThreadProcessGroup(room, rank));
            }
            catch (Exception fault)
            {
                lock (faults)
                {
                    faults.Add(fault);
                }

                room.Ended.Cancel();
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        return faults.Count == 0 ? results : throw new AggregateException(faults[0]).Flatten();
    }

    /// <inheritdoc/>
    public string NameOf(int rank) => $"rank {rank}";

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
        double[][] all = Exchange(values.ToArray());
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = all.Sum(v => v[i]);
        }
    }

    /// <inheritdoc/>
    public void ReduceScatter(Span<float> whole, Span<float> share)
    {
        float[][] all = Exchange(whole.ToArray());
        int length = share.Length;
        for (int i = 0; i < length; i++)
        {
            share[i] = all.Sum(v => v[(Rank * length) + i]);
        }
    }

    /// <inheritdoc/>
    public void AllGather(Span<byte> whole)
    {
        int length = whole.Length / Count;
        byte[][] all = Exchange(whole.Slice(Rank * length, length).ToArray());
        for (int rank = 0; rank < Count; rank++)
        {
            all[rank].CopyTo(whole[(rank * length)..]);
        }
    }

    /// <inheritdoc/>
    public string Broadcast(string text) => Exchange(text)[0];

    /// <inheritdoc/>
    public void Barrier() => Exchange(0);

    /// <inheritdoc/>
    public IReadOnlyList<int> Missing() => [];

    /// <inheritdoc/>
    public void Abort(int exitCode) => _room.Ended.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private T[] Exchange<T>(T own)
    {
        _room.Said[Rank] = own;
        _room.Door.SignalAndWait(_room.Ended.Token);
        T[] all = [.. _room.Said.Select(s => (T)s!)];
        _room.Door.SignalAndWait(_room.Ended.Token);
        return all;
    }

    private sealed class Room(int count) : IDisposable
    {
        public object?[] Said { get; } = new object?[count];

        public Barrier Door { get; } = new(count);

        public CancellationTokenSource Ended { get; } = new();

        public void Dispose()
        {
            Door.Dispose();
            Ended.Dispose();
        }
    }
}
