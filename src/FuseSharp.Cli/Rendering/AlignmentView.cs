using System.Text;
using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Records;
using FuseSharp.Tokenizers;

namespace FuseSharp.Cli.Rendering;

/// <summary>One document's alignment as people look at it.</summary>
/// <param name="Title">Which document of which models.</param>
/// <param name="Summary">Its coverage.</param>
/// <param name="Links">Target tokens in order.</param>
internal sealed record AlignmentView(string Title, string Summary, IReadOnlyList<AlignmentLink> Links)
{
    /// <summary>Makes the view of one document.</summary>
    /// <param name="title">Which document of which models.</param>
    /// <param name="target">The document as the target reads it.</param>
    /// <param name="source">The same as the source reads it.</param>
    /// <param name="links">Which positions were laid beside each other.</param>
    /// <param name="aligned">What was carried over.</param>
    /// <param name="targetTokenizer">The target's tokenizer.</param>
    /// <param name="sourceTokenizer">The source's tokenizer.</param>
    /// <param name="candidates">Candidates shown at a position.</param>
    public static AlignmentView Create(
        string title, Representation target, Representation source, TokenAlignment links, AlignedDocument aligned, ITokenizer targetTokenizer, ITokenizer sourceTokenizer, int candidates)
    {
        var coverage = aligned.Coverage;
        string summary = FormattableString.Invariant($"{target.Ids.Length} target tokens, {source.Ids.Length} source tokens; carried {coverage.CoveredShare:P1}, one-hot {coverage.OneHotShare:P1}, mass arriving {coverage.ArrivedShare:P1}");
        var rows = aligned.Rows;
        var view = new List<AlignmentLink>();
        for (int i = 0; i < target.Ids.Length; i++)
        {
            int start = rows.RowStarts[i];
            int count = rows.RowStarts[i + 1] - start;
            double[] shares = rows.Probabilities(i);
            view.Add(new(
                Readable(targetTokenizer, target.Ids[i]),
                [.. Enumerable.Range(links.First[i], Math.Max(0, links.Last[i] - links.First[i] + 1)).Select(j => Readable(sourceTokenizer, source.Ids[j]))],
                count == 0 ? target.Learned?[i] == false ? LinkKind.Masked : LinkKind.Nothing : count == 1 && IsOneHot(rows, i, target) ? LinkKind.OneHot : LinkKind.Carried,
                [.. shares.Take(candidates).Select((s, c) => (Readable(targetTokenizer, rows.Indices[start + c]), s))]));
        }

        return new(title, summary, view);
    }

    // A row of one certain token that stands in the text at or behind the position.
    private static bool IsOneHot(TeacherDistributions rows, int position, Representation target)
        => rows.Scores[rows.RowStarts[position]] is 0 or 1
            && (rows.Indices[rows.RowStarts[position]] == target.Ids[position]
                || (position + 1 < target.Ids.Length && rows.Indices[rows.RowStarts[position]] == target.Ids[position + 1]));

    // A space is shown as ·, a line break as ↵; bytes that are no character as the vocabulary writes them.
    private static string Readable(ITokenizer tokenizer, int id)
    {
        string text = Encoding.UTF8.GetString(tokenizer.TextOf(id).Span);
        return text.Length == 0 || text.Contains('\uFFFD', StringComparison.Ordinal) || text.Any(c => char.IsControl(c) && c != '\n' && c != '\t')
            ? tokenizer.Vocabulary[id]
            : text.Replace(' ', '·').Replace('\n', '↵').Replace('\t', '→');
    }
}
