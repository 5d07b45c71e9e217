using FuseSharp.Core.Errors;
using FuseSharp.Core.Recipes;
using FuseSharp.Core.Records;
using FuseSharp.Core.Tokenizers;

namespace FuseSharp.Core.Align;

/// <summary>Makes the aligner that some options ask for.</summary>
public static class DocumentAligner
{
    // Shares of tokens seen a hundred times are known to a few per cent by then; all machines that share the work read the same ones.
    private const int CountedDocuments = 50_000;

    /// <summary>Makes an aligner for one pair of models.</summary>
    /// <param name="target">The target's tokenizer.</param>
    /// <param name="source">The source's tokenizer.</param>
    /// <param name="options">Which one.</param>
    /// <param name="map">Output of the map stage, a folder or a file; null where the options use none.</param>
    /// <param name="documents">The documents that are to be aligned, which <see cref="TokenProjection.Counted"/> reads once before.</param>
    /// <exception cref="RecipeException">The options contradict each other, or need a map that is not given.</exception>
    /// <exception cref="ArtifactException">The map is missing, damaged or of another pair of tokenizers.</exception>
    public static IDocumentAligner Create(ITokenizer target, ITokenizer source, AlignOptions options, string? map,
        IEnumerable<(Representation Target, Representation Source)> documents)
    {
        if (options is { Settings: MethodSettings.Reference, Alignment: AlignmentMethod.Boundary })
        {
            throw new RecipeException("The reference has no boundary alignment. Use alignment hard or soft, or settings default.");
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

        var firstToken = new FirstTokenProjection(target, source);
        return new BoundaryAligner(target, source, options.Projection switch
        {
            TokenProjection.Counted => CountedProjection.Of(new BoundaryAligner(target, source, firstToken), firstToken, documents.Take(CountedDocuments)),
            TokenProjection.Mapped => new MappedProjection(read!.Targets),
            _ => firstToken,
        });
    }

    internal static RecipeException NoMap() => new("This alignment needs a vocabulary map. Run 'map' for this source and name its output with --map.");
}
