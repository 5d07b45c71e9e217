namespace FuseSharp.Serve;

/// <summary>How models are served.</summary>
public sealed record ServeOptions
{
    /// <summary>Name under which clients ask for the model of a server that has only one.</summary>
    public string ModelName { get; init; } = "model";

    /// <summary>Whether <c>/</c> is a page on which people ask the models and read their answers side by side.</summary>
    public bool HasPage { get; init; } = true;

    /// <summary>Address that is listened on: <c>localhost</c>, or an IP address such as <c>0.0.0.0</c> for all.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>TCP port, 0 for a free one.</summary>
    public int Port { get; init; } = 8000;

    /// <summary>What clients must send as <c>Authorization: Bearer KEY</c>; null for nothing.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Origins of web pages that may ask, such as <c>http://localhost:3000</c> of a chat UI; browsers keep all others out.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Most continuations that are written side by side, at least 1.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Maximum number of waiting requests; more get status 429.</summary>
    public int QueueLength { get; init; } = 64;

    /// <summary>Largest body of a request, bytes; larger ones are answered with 413.</summary>
    public long LargestBody { get; init; } = 4 << 20;

    /// <summary>How long running requests may go on when the server is asked to end, seconds; then they are answered with 503.</summary>
    public double ShutdownSeconds { get; init; } = 3;
}
