using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Storage.Texts;


namespace FuseSharp.Fusion.Align;

/// <summary>The documents of two models' shards of the same texts, side by side.</summary>
internal static class DocumentPairs
{
    /// <summary>Pairs them; what either model left out is left out.</summary>
    /// <exception cref="ArtifactException">One side has a document that the other lacks.</exception>
    public static IEnumerable<(Representation Target, Representation Source)> Match(IEnumerable<Representation> target, IEnumerable<Representation> source, HashSet<PieceId> leftOut)
    {
        using var sources = source.Where(d => !leftOut.Contains(d.Id)).GetEnumerator();
        foreach (var document in target.Where(d => !leftOut.Contains(d.Id)))
        {
            yield return sources.MoveNext() ? (document, sources.Current)
                : throw new ArtifactException($"The source's shard ends before document {document.Id} of the target's. Run 'represent' again for the source.");
        }

        if (sources.MoveNext())
        {
            throw new ArtifactException($"The target's shard ends before document {sources.Current.Id} of the source's. Run 'represent' again for the target.");
        }
    }
}
