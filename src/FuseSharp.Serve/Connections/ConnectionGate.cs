using Microsoft.AspNetCore.Connections;

namespace FuseSharp.Serve.Connections;

/// <summary>Bounds the connections; where all places are taken, the one that has kept the server waiting longest makes room for the next.</summary>
/// <remarks>Half-sent requests, however many, shut nobody out: a connection whose request has come whole keeps its place until it is answered.</remarks>
/// <param name="most">Places, at least 1.</param>
internal sealed class ConnectionGate(int most)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<OpenConnection> _waitedFor = []; // the oldest first
    private int _count;

    /// <summary>Connections that have a place.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Connections whose request has come whole and is not answered yet.</summary>
    public int Heard
    {
        get
        {
            lock (_lock)
            {
                return _count - _waitedFor.Count;
            }
        }
    }

    /// <summary>Serves a connection, if it gets a place.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var open = new OpenConnection(this, connection);
        if (!TryEnter(open))
        {
            connection.Abort();
            return;
        }

        connection.Features.Set(open);
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(open);
        }
    }

    /// <summary>Closes all connections that the server waits for.</summary>
    public void CloseWaitedFor()
    {
        while (TakeOldest() is { } open)
        {
            open.Connection.Abort();
        }
    }

    /// <summary>Says that a connection's request has come whole.</summary>
    internal void Hear(OpenConnection open)
    {
        lock (_lock)
        {
            if (open.Place?.List is not null)
            {
                _waitedFor.Remove(open.Place);
            }
        }
    }

    /// <summary>Says that a connection's request is answered.</summary>
    internal void WaitFor(OpenConnection open)
    {
        lock (_lock)
        {
            if (open.Place is { List: null } place)
            {
                _waitedFor.AddLast(place);
            }
        }
    }

    private bool TryEnter(OpenConnection open)
    {
        OpenConnection? evicted = null;
        lock (_lock)
        {
            if (_count == most && (evicted = TakeOldest()) is null)
            {
                return false;
            }

            _count++;
            open.Place = _waitedFor.AddLast(open);
        }

        evicted?.Connection.Abort();
        return true;
    }

    // Its place is free at once; that it ends takes a moment.
    private OpenConnection? TakeOldest()
    {
        lock (_lock)
        {
            if (_waitedFor.First is not { } oldest)
            {
                return null;
            }

            _waitedFor.RemoveFirst();
            oldest.Value.Place = null;
            _count--;
            return oldest.Value;
        }
    }

    private void Leave(OpenConnection open)
    {
        lock (_lock)
        {
            if (open.Place is { } place)
            {
                open.Place = null;
                _count--;
                if (place.List is not null)
                {
                    _waitedFor.Remove(place);
                }
            }
        }
    }
}
