using FuseSharp.Errors;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Pipeline.Write;

/// <summary>How written documents begin.</summary>
internal static class WritePrompts
{
    private const int LongestPrompt = 200; // characters: a beginning, not a document

    /// <summary>The first lines of documents.</summary>
    /// <param name="prompts">As in <see cref="TextEntry.Prompts"/>.</param>
    /// <param name="texts">All domains.</param>
    /// <returns>Empty where documents begin with nothing.</returns>
    /// <exception cref="UsageException">The domain is not there, or holds no text.</exception>
    public static IReadOnlyList<string> Read(string? prompts, IReadOnlyDictionary<string, TextEntry> texts)
    {
        if (prompts is null or TextEntry.NoPrompts)
        {
            return [];
        }

        var documents = DomainOf(prompts) is { } domain ? DomainTexts.Read(Domain(domain, texts), DataSplit.Train) : TextFiles.Read(prompts, lines: true, format: TextFormat.Auto);
        string[] lines = [.. documents.Where(d => d.Error is null && d.Conversation is null).Select(d => FirstLine(d.Text)).Where(l => l.Length > 0).Distinct()];
        return lines.Length > 0 ? lines : throw new UsageException($"'{prompts}' holds no plain text to begin with. Name other prompts, or {TextEntry.NoPrompts}.");
    }

    /// <summary>What decides the prompts; reads their files.</summary>
    public static string Fingerprint(string? prompts, IReadOnlyDictionary<string, TextEntry> texts)
        => prompts is null or TextEntry.NoPrompts ? TextEntry.NoPrompts
            : DomainTexts.Fingerprint(DomainOf(prompts) is { } domain ? Domain(domain, texts) : new TextEntry { Path = prompts, Lines = true });

    /// <summary>The domain whose documents are begun like; null for a file, or none.</summary>
    public static string? DomainOf(string? prompts) => prompts?.StartsWith(TextEntry.FirstLineOf, StringComparison.Ordinal) == true ? prompts[TextEntry.FirstLineOf.Length..].Trim() : null;

    private static TextEntry Domain(string name, IReadOnlyDictionary<string, TextEntry> texts)
        => texts.TryGetValue(name, out var entry) && !entry.IsWritten ? entry
            : throw new UsageException($"'{TextEntry.FirstLineOf}{name}' names no domain whose training texts are given. Name one of {string.Join(", ", texts.Where(t => !t.Value.IsWritten).Select(t => t.Key))}, or a file.");

    private static string FirstLine(string text)
    {
        string line = text.TrimStart().Split('\n', 2)[0].TrimEnd();
        return line.Length <= LongestPrompt ? line : line[..(char.IsHighSurrogate(line[LongestPrompt - 1]) ? LongestPrompt - 1 : LongestPrompt)];
    }
}
