namespace FuseSharp.Testing;

/// <summary>What <see cref="HubServer"/> was asked.</summary>
/// <param name="Method">HEAD or GET.</param>
/// <param name="Path">As it was sent.</param>
/// <param name="IsStorage">Whether it came to the port of the large files.</param>
/// <param name="Authorization">Null where none came.</param>
/// <param name="From">First byte asked for.</param>
public sealed record HubRequest(string Method, string Path, bool IsStorage, string? Authorization, long From);
