using FuseSharp.Errors;
using FuseSharp.Fusion.Records;
using FuseSharp.Tokenizers;


namespace FuseSharp.Fusion.Align;

/// <summary>Makes the aligner that some options ask for.</summary>
public static class DocumentAligner
{
    /// <summary>Makes an aligner for one pair of models.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="options">Which one.</param>
    /// <param name="map">Output of the map stage, a folder or a file; null where the options use none.</param>
    /// <param name="areProjected">Whether the source's rows stand over the target's vocabulary already (<see cref="RepresentationFiles.ProjectedOnto"/>).</param>
    /// <param name="conversations">How the source's tokens become the target's in conversations; null where the texts hold none.</param>
    /// <exception cref="UsageException">The options contradict each other, need a map that is not given, or cannot use rows that are projected already.</exception>
    /// <exception cref="ArtifactException">The map is missing, damaged or of another pair of tokenizers.</exception>
    public static IDocumentAligner Create(ITokenizer target, ITokenizer source, AlignOptions options, string? map, bool areProjected = false, ConversationProjection? conversations = null)
    {
        if (conversations is not null && options is not { Alignment: AlignmentMethod.Boundary, Projection: TokenProjection.FirstToken })
        {
            throw new UsageException("The texts hold conversations, which are aligned by the bytes of their answers only. Use alignment boundary with projection first_token.");
        }

        if (options is { Settings: MethodSettings.Reference, Alignment: AlignmentMethod.Boundary })
        {
            throw new UsageException("The reference has no boundary alignment. Use alignment hard or soft, or settings default.");
        }

        if (areProjected)
        {
            return options.TakesProjectedRows() ? new BoundaryAligner(target, source, VocabularyProjection.ToSelf(target.Vocabulary.Count))
                : throw new UsageException($"This alignment projects by itself and needs the source's own tokens, but its rows are projected already. Run 'represent' for the source without a target (represent.rows: tokens), or use alignment boundary with projection first_token.");
        }

        if (options.UsesMap() && map is null)
        {
            throw NoMap();
        }

        var read = options.UsesMap() ? VocabularyMapFile.Read(map!, target, source) : null;
        if (options.Alignment != AlignmentMethod.Boundary)
        {
            return new MinEditAligner(target, source, read, options.Settings);
        }

        return new BoundaryAligner(target, source, read is null ? VocabularyProjection.ToFirstToken(target, source) : VocabularyProjection.ToMapped(read.Targets), conversations);
    }

    internal static UsageException NoMap() => new("This alignment needs a vocabulary map. Run 'map' for this source and name its output.");
}
