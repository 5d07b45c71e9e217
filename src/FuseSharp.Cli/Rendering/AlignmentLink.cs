namespace FuseSharp.Cli.Rendering;

/// <summary>One target token of a document, with what a source says there.</summary>
/// <param name="Target">The target's token, readable.</param>
/// <param name="Source">The source's tokens laid beside it, readable; none where nothing is.</param>
/// <param name="Kind">What the position carries.</param>
/// <param name="Candidates">The first candidates carried over: the target's token and its share.</param>
internal sealed record AlignmentLink(string Target, IReadOnlyList<string> Source, LinkKind Kind, IReadOnlyList<(string Token, double Share)> Candidates);
