using FuseSharp.Errors;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads documents from text, JSON, CSV, Parquet and Arrow files, from folders and patterns of them, and from the .NET SDK's documentation.</summary>
/// <remarks>Streams: one document, or one row group of a Parquet file or one record batch of an Arrow file, is in memory at a time.</remarks>
public static class TextFiles
{
    /// <summary>Most bytes of a document: a file that was taken for a text by mistake must not fill the memory.</summary>
    public const long LargestDocument = 64L << 20;

    /// <summary>All documents below a path, files in ordinal order of their names.</summary>
    /// <param name="path">A file, a folder (also one of Hugging Face <c>save_to_disk</c>), a pattern with <c>*</c> or <c>**</c>, or <c>sdk:AREA</c> (see <see cref="SdkDocumentation"/>).</param>
    /// <param name="field">The JSON field or column that holds the text; points lead into structures.</param>
    /// <param name="lines">Whether a .txt file holds a document a line instead of being one.</param>
    /// <param name="format">What rows hold.</param>
    /// <exception cref="ArtifactException">A path that does not exist, no text below it, an unknown kind of file, a line that is no JSON, bytes that are not UTF-8, an empty text.</exception>
    public static IEnumerable<Document> Read(string path, string field = TextEntry.DefaultField, bool lines = false, TextFormat format = TextFormat.Text)
        => ReadWithErrors(path, field, lines, format).Select(d => d.Error is null ? d : throw new ArtifactException(d.Error));

    /// <summary>The same, but a document that cannot be used comes with its fault and the next one follows.</summary>
    public static IEnumerable<Document> ReadWithErrors(string path, string field, bool lines, TextFormat format = TextFormat.Text)
        => path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal)
            ? SdkDocumentation.Read(path[SdkDocumentation.Prefix.Length..])
            : ReadWithErrors(TextPaths.Files(path), field, lines, format);

    /// <summary>The same for some files.</summary>
    public static IEnumerable<Document> ReadWithErrors(IEnumerable<string> files, string field, bool lines, TextFormat format = TextFormat.Text)
        => files.SelectMany(file => ConversationTexts.Recognize(file, field, format) is { } row ? ConversationTexts.Read(file, row) : TextsOf(file, field, lines)).Select(Checked);

    private static IEnumerable<Document> TextsOf(string file, string field, bool lines)
        => TextKinds.Recognize(file) switch
        {
            TextKind.Plain => lines ? PlainTexts.ReadLines(file) : PlainTexts.ReadWhole(file),
            TextKind.JsonLines => JsonLinesTexts.Read(file, field),
            TextKind.Json => JsonLinesTexts.ReadWhole(file, field),
            TextKind.Csv => TableTexts.Read(file, field, ","),
            TextKind.Tsv => TableTexts.Read(file, field, "\t"),
            TextKind.Parquet => ParquetTexts.Read(file, field),
            _ => ArrowTexts.Read(file, field),
        };

    private static Document Checked(Document document)
        => document.Error is null && string.IsNullOrWhiteSpace(document.Text)
            ? document with { Error = $"{document.Place} is an empty text. Remove it: an empty document teaches nothing." }
            : document;
}
