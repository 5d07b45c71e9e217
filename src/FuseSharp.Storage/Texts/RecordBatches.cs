using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Texts;

/// <summary>Documents and rows from record batches, whatever file they came from.</summary>
/// <param name="file">For messages.</param>
/// <param name="format">What the file is, for messages.</param>
internal sealed class RecordBatches(string file, string format)
{
    /// <summary>A document for each row.</summary>
    /// <param name="column">Name of the column that holds the text, or of a field inside of a structure: <c>meta.text</c>.</param>
    /// <param name="schema">Of the batches.</param>
    /// <param name="next">The next batch, or null behind the last.</param>
    /// <exception cref="ArtifactException">There is no such column, or it holds no text.</exception>
    public IEnumerable<Document> Documents(string column, Schema schema, Func<RecordBatch?> next)
    {
        int[] path = Guarded(() => PathOf(column, schema)) ?? throw Missing(column, schema);
        long row = 0;
        for (RecordBatch? batch; (batch = Next(next)) is not null;)
        {
            using (batch)
            {
                for (int i = 0; i < batch.Length; i++)
                {
                    row++;
                    string place = FormattableString.Invariant($"{file}:row {row}");
                    int index = i;
                    string? text = Guarded(() => TextAt(batch, path, index));
                    yield return new Document(text ?? "", place) { Error = text is null ? $"{place} has no text in its column '{column}'. Remove the row." : null };
                }
            }
        }
    }

    /// <summary>All columns of every row as a JSON object.</summary>
    public IEnumerable<byte[]> Rows(Func<RecordBatch?> next)
    {
        for (RecordBatch? batch; (batch = Next(next)) is not null;)
        {
            using (batch)
            {
                for (int i = 0; i < batch.Length; i++)
                {
                    int row = i;
                    yield return Guarded(() => ArrowRows.ToJson(batch, row));
                }
            }
        }
    }

    /// <summary>Runs a reader of the file; what it throws becomes a fault of the file.</summary>
    public T Guarded<T>(Func<T> read)
        => LibraryErrors.Guard(read, (reason, fault) => new ArtifactException(LfsPointer.Is(file) ? $"'{file}' {LfsPointer.Message}" : $"'{file}' cannot be read as {format}: {reason} Write the file again.", fault));

    private RecordBatch? Next(Func<RecordBatch?> next) => Guarded(() =>
    {
        var batch = next();
        if (batch is not null)
        {
            ArrowArrays.Check(batch);
        }

        return batch;
    });

    // A column's own name may hold points; otherwise they lead into structures.
    private static int[]? PathOf(string column, Schema schema)
    {
        var fields = schema.FieldsList;
        int whole = fields.ToList().FindIndex(f => f.Name == column);
        if (whole >= 0)
        {
            return ArrowValues.IsText(fields[whole].DataType) ? [whole] : null;
        }

        string[] names = column.Split('.');
        int[] path = new int[names.Length];
        IArrowType? type = new StructType([.. fields]);
        for (int i = 0; i < names.Length; i++)
        {
            if (type is not StructType structure || (path[i] = structure.Fields.ToList().FindIndex(f => f.Name == names[i])) < 0)
            {
                return null;
            }

            type = structure.Fields[path[i]].DataType;
        }

        return ArrowValues.IsText(type) ? path : null;
    }

    private static string? TextAt(RecordBatch batch, int[] path, int row)
    {
        var array = batch.Column(path[0]);
        foreach (int field in path.AsSpan(1))
        {
            if (array.IsNull(row))
            {
                return null;
            }

            array = ((StructArray)array).Fields[field];
        }

        return ArrowValues.Resolve(array, row) is var (values, index) ? ArrowValues.Text(values, index) : null;
    }

    private ArtifactException Missing(string column, Schema schema)
    {
        string columns = string.Join(", ", schema.FieldsList.Take(50).Select(f => f.DataType is StructType inner ? string.Join(", ", inner.Fields.Take(20).Select(i => $"{f.Name}.{i.Name} ({i.DataType.Name})")) : $"{f.Name} ({f.DataType.Name})"));
        return new($"'{file}' has no text column '{column}'; its columns are {columns}. Name the column that holds the text with 'field', or what rows hold with 'format'.");
    }
}
