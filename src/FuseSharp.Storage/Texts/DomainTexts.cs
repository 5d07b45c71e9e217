using System.Text;
using FuseSharp.Files;

namespace FuseSharp.Storage.Texts;

/// <summary>The documents of one domain, split by split.</summary>
public static class DomainTexts
{
    /// <summary>The documents of one split.</summary>
    /// <param name="entry">Where the domain's texts are.</param>
    /// <param name="split">Which of them.</param>
    /// <param name="maxBytes">Whole documents in the order of their hashes until so many bytes are reached; 0 for all.</param>
    /// <returns>Documents in file order, those that cannot be used with their fault; nothing where the entry names no texts for the split.</returns>
    public static IEnumerable<Document> Read(TextEntry entry, DataSplit split, long maxBytes = 0)
    {
        if (maxBytes == 0)
        {
            return All(entry, split);
        }

        // Two passes, of which the first keeps a hash and a length for each document that will be taken, instead of the texts.
        var taken = new PriorityQueue<int, ulong>(Comparer<ulong>.Create((a, b) => b.CompareTo(a))); // largest hash first
        long bytes = 0;
        foreach (string text in All(entry, split).Where(d => d.Error is null).Select(d => d.Text))
        {
            int length = Encoding.UTF8.GetByteCount(text);
            taken.Enqueue(length, HashSplit.Hash(text));
            for (bytes += length; bytes - taken.Peek() >= maxBytes;)
            {
                bytes -= taken.Dequeue();
            }
        }

        ulong last = taken.TryPeek(out _, out ulong largest) ? largest : 0;
        return All(entry, split).Where(d => d.Error is not null || HashSplit.Hash(d.Text) <= last);
    }

    /// <summary>Whether a domain holds conversations: its first document that can be used tells.</summary>
    /// <param name="entry">Where the domain's texts are.</param>
    public static bool HoldsConversations(TextEntry entry)
        => Enum.GetValues<DataSplit>().Select(s => All(entry, s).FirstOrDefault(d => d.Error is null)).FirstOrDefault(d => d is not null)?.Conversation is not null;

    /// <summary>What decides the documents of a domain; reads its files.</summary>
    /// <param name="entry">Where the domain's texts are.</param>
    public static string Fingerprint(TextEntry entry)
        => string.Join('|', new[] { entry.Path, entry.Train, entry.Validation, entry.Test }.Select(p => p is null ? "-" : Fingerprint(p)).Append(entry.Field).Append(entry.Lines ? "lines" : "").Concat(entry.Format == TextFormat.Auto ? [] : [entry.Format.ToString()])
            .Concat(entry.Part is { } part ? [$"part {part}"] : []));

    private static string Fingerprint(string path)
        => path.StartsWith(SdkDocumentation.Prefix, StringComparison.Ordinal)
            ? $"{path}@{SdkDocumentation.FindPacks()}@{Environment.Version}"
            : FileFingerprint.OfFiles(TextPaths.Files(path));

    private static IEnumerable<Document> All(TextEntry entry, DataSplit split)
        => entry.Part is { } part && split == DataSplit.Train ? Whole(entry, split).Where(d => d.Error is not null || part.Holds(d)) : Whole(entry, split);

    private static IEnumerable<Document> Whole(TextEntry entry, DataSplit split)
    {
        if (entry.IsWritten && split == DataSplit.Train)
        {
            return entry.Train is null ? [] : TextFiles.ReadWithErrors(entry.Train, TextEntry.DefaultField, lines: false); // before they are written there are none
        }

        if (entry.Path is null)
        {
            string? path = split switch { DataSplit.Train => entry.Train, DataSplit.Validation => entry.Validation, _ => entry.Test };
            return path is null ? [] : TextFiles.ReadWithErrors(path, entry.Field, entry.Lines, entry.Format);
        }

        // A document without a text has no hash; it is told of once, with the training texts, or with those that are read where models write these.
        var told = entry.IsWritten ? DataSplit.Test : DataSplit.Train;
        return TextPaths.FilesOfSplit(entry.Path, split) is { } files
            ? TextFiles.ReadWithErrors(files, entry.Field, entry.Lines, entry.Format)
            : TextFiles.ReadWithErrors(entry.Path, entry.Field, entry.Lines, entry.Format).Where(d => d.Error is null ? HashSplit.Assign(d.Text) == split : split == told);
    }
}
