using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Fusion.Align;

/// <summary>Every message of this stage about bad input, one method each.</summary>
internal static class AlignErrors
{
    public static ArtifactException OtherDocument(PieceId target, PieceId source) => Error(
        $"Document {target} of the target's representation is paired with document {source} of the source's: both must come from the same split. Run 'represent' again for one of them.");

    public static ArtifactException Empty(PieceId document, string role) => Error(
        $"Document {document} of the {role}'s representation holds no token; at least one is expected. Run 'represent' again for this model.");

    public static ArtifactException Lengths(PieceId document, string role, int ids, int ends, int positions, int crossEntropies) => Error(
        $"Document {document} of the {role}'s representation holds {ids} ids, {ends} offsets, {positions} rows of logits and {crossEntropies} cross-entropies; they must be equally many. Run 'represent' again for this model.");

    public static ArtifactException FallingOffset(PieceId document, string role, int position) => Error(
        $"Document {document} of the {role}'s representation: the offset at position {position} is smaller than the one before it. Run 'represent' again for this model.");

    public static ArtifactException TokenId(PieceId document, string role, int position, int id, int vocabulary) => Error(
        $"Document {document} of the {role}'s representation: token id {id} at position {position} is outside the vocabulary of {vocabulary} tokens. Run 'represent' again with this model's own tokenizer.");

    public static ArtifactException CandidateId(PieceId document, int position, int id, int vocabulary) => Error(
        $"Document {document} of the source's representation: candidate id {id} at position {position} is outside the vocabulary of {vocabulary} tokens. Run 'represent' again with this model's own tokenizer.");

    public static ArtifactException OtherLength(PieceId document, int target, int source) => Error(
        $"Document {document}: the target's tokens cover {target} bytes, the source's {source}; both must come from the same text. Run 'represent' again for one of them.");

    public static ArtifactException OtherText(PieceId document, int offset, char target, char source) => Error(
        $"Document {document}: at byte {offset} the target's tokens spell '{target}', the source's '{source}'; both must come from the same text. Run 'represent' again for one of them.");

    public static ArtifactException OtherKind(PieceId document, bool targetIsConversation) => Error(
        $"Document {document} is a conversation to the {(targetIsConversation ? "target" : "source")} and a plain text to the {(targetIsConversation ? "source" : "target")}; both must come from the same split. Run 'represent' again for one of them.");

    private static ArtifactException Error(FormattableString message) => new(message.ToString(CultureInfo.InvariantCulture));
}
