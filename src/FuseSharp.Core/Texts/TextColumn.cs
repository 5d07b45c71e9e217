using Apache.Arrow;
using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Texts;

/// <summary>Documents from one column of record batches, whatever file they came from.</summary>
internal static class TextColumn
{
    /// <summary>A document for each row.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="column">Name of the column.</param>
    /// <param name="index">Its place in the schema; −1 where it is not there.</param>
    /// <param name="schema">Of the batches.</param>
    /// <param name="next">The next batch, or null behind the last.</param>
    /// <exception cref="ArtifactException">There is no such column, or it holds no text.</exception>
    public static IEnumerable<Document> Read(string file, string column, int index, Schema schema, Func<RecordBatch?> next)
    {
        long row = 0;
        for (RecordBatch? batch; index >= 0 && (batch = next()) is not null;)
        {
            using (batch)
            {
                var texts = TextsOf(batch.Column(index)) ?? throw Missing(file, column, schema);
                for (int i = 0; i < batch.Length; i++)
                {
                    row++;
                    string place = FormattableString.Invariant($"{file}:row {row}");
                    string? text = texts(i);
                    yield return new Document(text ?? "", place) { Fault = text is null ? $"{place} has no text in its column '{column}'. Remove the row." : null };
                }
            }
        }

        if (index < 0)
        {
            throw Missing(file, column, schema);
        }
    }

    private static Func<int, string?>? TextsOf(IArrowArray column)
        => column switch
        {
            StringArray texts => i => texts.IsNull(i) ? null : texts.GetString(i),
            LargeStringArray texts => i => texts.IsNull(i) ? null : texts.GetString(i),
            StringViewArray texts => i => texts.IsNull(i) ? null : texts.GetString(i),
            _ => null,
        };

    private static ArtifactException Missing(string file, string column, Schema schema)
        => new($"'{file}' has no text column '{column}'; its columns are {string.Join(", ", schema.FieldsList.Select(f => $"{f.Name} ({f.DataType.Name})"))}. Name the column that holds the text with 'field' in the recipe or --field.");
}
