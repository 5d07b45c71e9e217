using Microsoft.AspNetCore.Connections;

namespace FuseSharp.Serve.Connections;

/// <summary>A connection that has a place; a feature of its requests.</summary>
/// <param name="gate">That gave the place.</param>
/// <param name="connection">The connection.</param>
internal sealed class OpenConnection(ConnectionGate gate, ConnectionContext connection)
{
    /// <summary>The connection itself.</summary>
    public ConnectionContext Connection => connection;

    /// <summary>Its place, in the gate's list while the server waits for it; null where it has none any more. The gate's.</summary>
    public LinkedListNode<OpenConnection>? Place { get; set; }

    /// <summary>The request has come whole: it keeps its place.</summary>
    public void Hear() => gate.Hear(this);

    /// <summary>The request is answered.</summary>
    public void WaitFor() => gate.WaitFor(this);
}
