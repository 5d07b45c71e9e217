using FuseSharp.Storage.Ranks;


namespace FuseSharp.Testing;

/// <summary>Ranks that are threads of this process: the plain meaning of every operation, to test in milliseconds what ranks do with each other.</summary>
public sealed class ThreadProcessGroup : IProcessGroup
{
    private readonly Room _room;
    private int _transfers;

    private ThreadProcessGroup(Room room, int rank) => (_room, Rank) = (room, rank);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Count => _room.Said.Length;

    /// <inheritdoc/>
    public int LocalRank => Rank;

    /// <inheritdoc/>
    public int LocalCount => Count;

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
    public unsafe ITransfer BeginAllToAll(nint sent, nint received, long bytes)
    {
        int number = _transfers++;
        _room.Post(number, Rank, new ReadOnlySpan<byte>((void*)sent, checked((int)(bytes * Count))).ToArray());
        return new Transfer(_room, number, all =>
        {
            for (int rank = 0; rank < Count; rank++)
            {
                all[rank].AsSpan((int)(Rank * bytes), (int)bytes).CopyTo(new Span<byte>((byte*)received + (rank * bytes), (int)bytes));
            }
        });
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

    // What was sent arrives when it is asked for, and not before: who reads too early reads nothing.
    private sealed class Transfer(Room room, int number, Action<byte[][]> arrive) : ITransfer
    {
        private bool _isDone;

        public bool Advance() => _isDone;

        public void Wait()
        {
            if (!_isDone)
            {
                arrive(room.Collect(number));
                _isDone = true;
            }
        }
    }

    private sealed class Room : IDisposable
    {
        private readonly Dictionary<int, byte[]?[]> _posts = [];

        public Room(int count)
        {
            Said = new object?[count];
            Door = new Barrier(count);
            Ended.Token.Register(() =>
            {
                lock (_posts)
                {
                    Monitor.PulseAll(_posts);
                }
            });
        }

        public object?[] Said { get; }

        public Barrier Door { get; }

        public CancellationTokenSource Ended { get; } = new();

        public void Post(int number, int rank, byte[] parts)
        {
            lock (_posts)
            {
                PostsOf(number)[rank] = parts;
                Monitor.PulseAll(_posts);
            }
        }

        public byte[][] Collect(int number)
        {
            lock (_posts)
            {
                byte[]?[] all = PostsOf(number);
                while (Array.Exists(all, p => p is null))
                {
                    Ended.Token.ThrowIfCancellationRequested();
                    Monitor.Wait(_posts);
                }

                return all!;
            }
        }

        public void Dispose()
        {
            Door.Dispose();
            Ended.Dispose();
        }

        private byte[]?[] PostsOf(int number) => _posts.TryGetValue(number, out byte[]?[]? all) ? all : _posts[number] = new byte[]?[Said.Length];
    }
}
