using System.Text;
using System.Text.Json;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Texts;

/// <summary>Reads documents from .txt, .jsonl and .parquet files, from folders of them, and from the .NET SDK's documentation.</summary>
/// <remarks>Streams: one document, or one row group of a Parquet file, is in memory at a time. Bytes that are not UTF-8 and empty documents are refused.</remarks>
public static class TextFiles
{
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All documents below a path, files in ordinal order of their names.</summary>
    /// <param name="path">A file (a .txt file is one document), a folder, or <c>sdk:AREA</c> (see <see cref="SdkDocumentation"/>).</param>
    /// <param name="field">The JSON field or Parquet column that holds the text.</param>
    /// <exception cref="ArtifactException">A path that does not exist, no text below it, an unknown kind of file, a line that is no JSON, bytes that are not UTF-8, an empty text.</exception>
    public static IEnumerable<Document> Read(string path, string field = "text")
    {
        if (path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal))
        {
            return SdkDocumentation.Read(path[SdkDocumentation.Prefix.Length..]);
        }

        string[] files = FilesBelow(path);
        return files.SelectMany(file => Path.GetExtension(file) switch
        {
            ".txt" => ReadPlain(file),
            ".jsonl" => ReadJsonLines(file, field),
            ".parquet" => ParquetTexts.Read(file, field),
            _ => throw new ArtifactException($"'{file}' is no text file this program reads. Expected .txt, .jsonl or .parquet."),
        }).Select(Checked);
    }

    /// <summary>The files that <see cref="Read"/> would read; costs no reading.</summary>
    /// <exception cref="ArtifactException">The path does not exist or holds no text file.</exception>
    public static string[] FilesBelow(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw new ArtifactException($"There is no file or folder of texts at '{path}'. Correct the path.");
        }

        string[] files = [.. Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".txt" or ".jsonl" or ".parquet").Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new ArtifactException($"The folder '{path}' holds no .txt, .jsonl or .parquet file. Name a folder of texts.");
    }

    private static IEnumerable<Document> ReadPlain(string file)
    {
        string text;
        try
        {
            text = File.ReadAllText(file, _strict);
        }
        catch (DecoderFallbackException fault)
        {
            throw NotUtf8(file, fault);
        }

        yield return new Document(text, file);
    }

    private static IEnumerable<Document> ReadJsonLines(string file, string field)
    {
        using var reader = new StreamReader(file, _strict);
        for (int line = 1; ; line++)
        {
            string? json;
            try
            {
                json = reader.ReadLine();
            }
            catch (DecoderFallbackException fault)
            {
                throw NotUtf8($"{file}:{line}", fault);
            }

            if (json is null)
            {
                yield break;
            }

            if (!string.IsNullOrWhiteSpace(json))
            {
                yield return new Document(FieldOf(json, field, $"{file}:{line}"), $"{file}:{line}");
            }
        }
    }

    private static string FieldOf(string json, string field, string place)
    {
        try
        {
            using var row = JsonDocument.Parse(json);
            return row.RootElement.ValueKind == JsonValueKind.Object && row.RootElement.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()!
                : throw new ArtifactException($"{place} has no text in a field '{field}'. Name the field that holds the text with 'field' in the recipe or --field.");
        }
        catch (JsonException fault)
        {
            throw new ArtifactException($"{place} is not JSON: {fault.Message} Expected one JSON object a line.", fault);
        }
        catch (InvalidOperationException fault)
        {
            throw new ArtifactException($"{place} holds a string that is not Unicode (half a surrogate pair). Correct or remove the line.", fault);
        }
    }

    private static Document Checked(Document document)
        => string.IsNullOrWhiteSpace(document.Text)
            ? throw new ArtifactException($"{document.Place} is an empty text. Remove it: an empty document teaches nothing.")
            : document;

    private static ArtifactException NotUtf8(string place, DecoderFallbackException fault)
        => new($"{place} is not UTF-8: byte 0x{(fault.BytesUnknown is [byte first, ..] ? first : 0):X2} fits nowhere. Convert the file to UTF-8.", fault);
}
