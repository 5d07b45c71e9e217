namespace FuseSharp.Storage.Artifacts;

/// <summary>What <see cref="StoreVerifier"/> found.</summary>
/// <param name="Folder">Where.</param>
/// <param name="Stage">Whose output it is; empty where the manifest cannot be read.</param>
/// <param name="Shards">Files that the manifest lists.</param>
/// <param name="Rows">Rows that could be read.</param>
/// <param name="Bytes">Length of the listed files.</param>
/// <param name="LeftOut">Documents that were left out.</param>
/// <param name="Errors">What is wrong, a line each; empty where the store is in order.</param>
public sealed record VerifiedStore(string Folder, string Stage, int Shards, long Rows, long Bytes, int LeftOut, IReadOnlyList<string> Errors)
{
    /// <summary>Files of an output without shards.</summary>
    public int Files { get; init; }
}
