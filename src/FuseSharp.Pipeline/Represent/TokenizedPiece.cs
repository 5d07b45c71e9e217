using FuseSharp.Fusion.Records;
using FuseSharp.Models.Scoring;

namespace FuseSharp.Pipeline.Represent;

/// <summary>A piece of a text as the represented model reads it.</summary>
/// <param name="Piece">The piece.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Wanted">Of which positions rows are written; null for all.</param>
internal sealed record TokenizedPiece(TextPiece Piece, EncodedPiece Tokens, WantedPositions? Wanted);
