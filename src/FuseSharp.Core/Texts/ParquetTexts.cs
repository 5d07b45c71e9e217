using FuseSharp.Core.Errors;
using Parquet;
using Parquet.Schema;

namespace FuseSharp.Core.Texts;

/// <summary>Reads one text column of a Parquet file, a row group at a time.</summary>
internal static class ParquetTexts
{
    public static IEnumerable<Document> Read(string file, string column)
    {
        using var stream = File.OpenRead(file);
        var reader = Guarded(file, () => ParquetReader.CreateAsync(stream).GetAwaiter().GetResult());
        try
        {
            var field = Array.Find(reader.Schema.GetDataFields(), f => f.Name == column && f.MaxRepetitionLevel == 0 && (f.ClrType == typeof(string) || f.ClrType == typeof(ReadOnlyMemory<char>)))
                ?? throw new ArtifactException($"'{file}' has no text column '{column}'; its columns are {string.Join(", ", reader.Schema.GetDataFields().Select(f => f.Name))}. "
                    + "Name the column that holds the text with 'field' in the recipe or --field.");
            long row = 0;
            for (int group = 0; group < reader.RowGroupCount; group++)
            {
                string?[] texts = Guarded(file, () => ReadGroup(reader, group, field));
                foreach (string? text in texts)
                {
                    row++;
                    string place = FormattableString.Invariant($"{file}:row {row}");
                    yield return new Document(text ?? "", place) { Fault = text is null ? $"{place} has no text in its column '{column}'. Remove the row." : null };
                }
            }
        }
        finally
        {
            reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static string?[] ReadGroup(ParquetReader reader, int group, DataField field)
    {
        using var rows = reader.OpenRowGroupReader(group);
        string?[] texts = new string?[rows.RowCount];
        rows.ReadAsync(field, texts.AsMemory()!).AsTask().GetAwaiter().GetResult();
        return texts;
    }

    // The library throws whatever a damaged file happens to provoke.
    private static T Guarded<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is not (ArtifactException or OutOfMemoryException or OperationCanceledException))
        {
            throw new ArtifactException($"'{file}' cannot be read as Parquet: {fault.Message.ReplaceLineEndings(" ")} Write the file again.", fault);
        }
    }
}
