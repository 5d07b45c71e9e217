using FuseSharp.Fusion.Records;


namespace FuseSharp.Fusion.Align;

/// <summary>Lays what a source says of a document over the target's positions and vocabulary.</summary>
/// <remarks>Built once for a pair of tokenizers and shared by all threads.</remarks>
public interface IDocumentAligner
{
    /// <summary>Lays a source's distributions over the target's positions.</summary>
    /// <param name="target">The document as the target reads it; its logits are not used.</param>
    /// <param name="source">The same document as the source reads it.</param>
    /// <exception cref="Errors.ArtifactException">The two are not the same document, or one is empty, damaged or made with another tokenizer.</exception>
    AlignedDocument Align(Representation target, Representation source);

    /// <summary>Which source positions each target position is laid beside.</summary>
    /// <param name="target">The document as the target reads it.</param>
    /// <param name="source">The same document as the source reads it.</param>
    TokenAlignment Links(Representation target, Representation source);
}
