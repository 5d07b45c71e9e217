namespace FuseSharp.Storage.Artifacts;

/// <summary>What a manifest says of one shard.</summary>
/// <param name="Name">Path in the stage's folder, with forward slashes: <c>00003.parquet</c>, <c>train/00003.parquet</c>.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">Hexadecimal SHA-256 of the file, as <c>sha256sum</c> prints it.</param>
/// <param name="Figures">Counts and sums over its rows; the manifest's figures are their sums over all shards.</param>
/// <param name="LeftOut">Documents that belong here and were left out.</param>
public sealed record ShardEntry(string Name, long Bytes, string Sha256, IReadOnlyDictionary<string, double> Figures, IReadOnlyList<LeftOutDocument> LeftOut);
