using System.Text;
using FuseSharp.Core.Recipes;

namespace FuseSharp.Core.Texts;

/// <summary>The documents of one domain, split by split.</summary>
public static class DomainTexts
{
    /// <summary>The documents of one split.</summary>
    /// <param name="entry">Where the domain's texts are.</param>
    /// <param name="split">Which of them.</param>
    /// <param name="maxBytes">Whole documents in the order of their hashes until so many bytes are reached; 0 for all.</param>
    /// <returns>Documents in file order; nothing where the entry names no texts for the split.</returns>
    public static IEnumerable<Document> Read(TextEntry entry, DataSplit split, long maxBytes = 0)
    {
        var documents = All(entry, split);
        if (maxBytes == 0)
        {
            return documents;
        }

        // Two passes hold a hash and a length for each document instead of the texts.
        ulong last = 0;
        long bytes = 0;
        foreach (var (hash, length) in documents.Select(d => (HashSplit.Hash(d.Text), Encoding.UTF8.GetByteCount(d.Text))).Order())
        {
            if (bytes >= maxBytes)
            {
                break;
            }

            bytes += length;
            last = hash;
        }

        return All(entry, split).Where(d => HashSplit.Hash(d.Text) <= last);
    }

    private static IEnumerable<Document> All(TextEntry entry, DataSplit split)
    {
        if (entry.Path is not null)
        {
            return TextFiles.Read(entry.Path, entry.Field).Where(d => HashSplit.Of(d.Text) == split);
        }

        string? path = split switch { DataSplit.Train => entry.Train, DataSplit.Validation => entry.Validation, _ => entry.Test };
        return path is null ? [] : TextFiles.Read(path, entry.Field);
    }
}
