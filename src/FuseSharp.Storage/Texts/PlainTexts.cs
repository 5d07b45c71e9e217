namespace FuseSharp.Storage.Texts;

/// <summary>Reads plain text: a document a file, or a document a line.</summary>
public static class PlainTexts
{
    /// <summary>The file as one document.</summary>
    /// <param name="file">Its path; compressed files are decompressed.</param>
    public static IEnumerable<Document> ReadWhole(string file)
    {
        using var stream = TextStream.Open(file);
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int count; (count = stream.Read(buffer)) > 0 && bytes.Length <= TextFiles.LargestDocument;)
        {
            bytes.Write(buffer, 0, count);
        }

        var (text, fault) = bytes.Length > TextFiles.LargestDocument
            ? ("", FormattableString.Invariant($"has more than {TextFiles.LargestDocument:N0} bytes, the most a document may have. Cut it, or read a document a line with 'lines: true'."))
            : LineReader.Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length), isWholeFile: true);
        yield return new Document(text, file) { Error = fault is null ? null : $"{file} {fault}" };
    }

    /// <summary>A document for each line that is not blank.</summary>
    /// <param name="file">Its path; compressed files are decompressed.</param>
    public static IEnumerable<Document> ReadLines(string file)
    {
        foreach (var (text, fault, place) in Lines(file))
        {
            yield return new Document(text, place) { Error = fault is null ? null : $"{place} {fault}" };
        }
    }

    /// <summary>The lines that are not blank, each with its place.</summary>
    public static IEnumerable<(string Text, string? Error, string Place)> Lines(string file)
    {
        using var stream = TextStream.Open(file);
        using var reader = new LineReader(stream);
        for (long number = 1; reader.Read() is { } line; number++)
        {
            if (line.Error is not null || !string.IsNullOrWhiteSpace(line.Text))
            {
                yield return (line.Text, line.Error, FormattableString.Invariant($"{file}:{number}"));
            }
        }
    }
}
