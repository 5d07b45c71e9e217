using System.Globalization;

namespace FuseSharp.Cli.Rendering;

/// <summary>One target token of a document, with what a source says there.</summary>
/// <param name="Target">The target's token, readable.</param>
/// <param name="Source">The source's tokens laid beside it, readable; none where nothing is.</param>
/// <param name="Kind">What the position carries.</param>
/// <param name="Candidates">The first candidates carried over: the target's token and its share.</param>
internal sealed record AlignmentLink(string Target, IReadOnlyList<string> Source, LinkKind Kind, IReadOnlyList<(string Token, double Share)> Candidates)
{
    /// <summary>The page's class for <see cref="Kind"/>.</summary>
    public string KindClass => Kind switch { LinkKind.Carried => "carried", LinkKind.OneHot => "onehot", LinkKind.Masked => "masked", _ => "nothing" };

    /// <summary>The candidates as the page shows them: <c>token 12%</c>.</summary>
    public IReadOnlyList<string> CandidateTexts => [.. Candidates.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Token} {c.Share:P0}"))];
}
