
namespace FuseSharp.Pipeline.Represent;

/// <summary>Consecutive texts of one shard that are batched together.</summary>
/// <param name="Blocks">In order; may be empty where the shard ends.</param>
/// <param name="EndsShard">Whether the shard has no more.</param>
internal sealed record TokenizedWindow(IReadOnlyList<TokenizedPiece> Blocks, bool EndsShard);
