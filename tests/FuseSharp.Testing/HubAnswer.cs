namespace FuseSharp.Testing;

/// <summary>What <see cref="HubServer"/> answers.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Body">Sent whole, except to HEAD.</param>
public sealed record HubAnswer(int Status, byte[] Body)
{
    /// <summary>Headers beside the length.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Awaited before each piece of the body, whose first byte it gets: a test may hold an answer there.</summary>
    public Func<int, Task> BeforePiece { get; init; } = _ => Task.CompletedTask;
}
