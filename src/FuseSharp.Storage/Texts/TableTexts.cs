using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Texts;

/// <summary>Reads one column of a table of commas or tabs (RFC 4180), whose first line names the columns; a row at a time.</summary>
internal static class TableTexts
{
    /// <summary>A document for each row.</summary>
    public static IEnumerable<Document> Read(string file, string field, string delimiter)
    {
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = delimiter,
            MaxFieldSize = TextFiles.LargestDocument,
            BadDataFound = null, // a quote inside of a value is kept, as Python and pandas do
        };
        using var stream = new StreamReader(TextStream.Open(file), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        using var csv = new CsvParser(stream, configuration);
        string[] header = Guarded(file, csv.Read) ? csv.Record! : [];
        int column = Array.IndexOf(header, field);
        if (column < 0)
        {
            throw new ArtifactException($"'{file}' has no column '{field}'; its first line names {string.Join(", ", header.Take(50).Select(h => LibraryErrors.OneLine(h.Length > 100 ? h[..100] + "…" : h)))}. Name the column that holds the text with 'field'.");
        }

        while (Guarded(file, csv.Read))
        {
            string place = FormattableString.Invariant($"{file}:{csv.RawRow}");
            string[] row = Guarded(file, () => csv.Record!);
            yield return new Document(column < row.Length ? row[column] : "", place)
            {
                Error = HasOpenQuote(csv.RawRecord, delimiter[0]) ? $"{place} ends the file inside of a value whose quote was never closed. Close it: all that follows it would be one value."
                    : row.Length == header.Length ? null
                    : FormattableString.Invariant($"{place} ends a row of {row.Length} values; the first line names {header.Length} columns. Correct the row: values that hold a separator or a line end stand in quotes."),
            };
        }
    }

    // Only the last row of a file can: the library then takes the end of the file for the end of the value.
    private static bool HasOpenQuote(string row, char delimiter)
    {
        bool isOpen = false;
        bool mayOpen = true;
        foreach (char c in row)
        {
            (isOpen, mayOpen) = c == '"' ? (!isOpen && mayOpen, isOpen) : (isOpen, !isOpen && c == delimiter); // a second quote right after the closing one goes on
        }

        return isOpen;
    }

    private static T Guarded<T>(string file, Func<T> read)
        => LibraryErrors.Guard(read, (reason, fault) => new ArtifactException($"'{file}' cannot be read as a table: {(fault is DecoderFallbackException ? "it is not UTF-8." : fault is MaxFieldSizeException ? FormattableString.Invariant($"a value has more than {TextFiles.LargestDocument:N0} characters.") : reason)} Correct the file.", fault));
}
