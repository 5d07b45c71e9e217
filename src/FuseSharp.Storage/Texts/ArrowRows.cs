using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using FuseSharp.Json;

namespace FuseSharp.Storage.Texts;

/// <summary>Rows of record batches as JSON: texts, numbers, dates, truth values, and lists and structures of them.</summary>
internal static class ArrowRows
{
    // A list that names one long text again and again is no row of a benchmark.
    private const long LargestRow = TextFiles.LargestDocument;

    /// <summary>A row as an object.</summary>
    public static byte[] ToJson(RecordBatch batch, int row)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            for (int c = 0; c < batch.ColumnCount; c++)
            {
                writer.WritePropertyName(batch.Schema.GetFieldByIndex(c).Name);
                Write(writer, batch.Column(c), row);
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, IArrowArray array, int place)
    {
        if (writer.BytesCommitted + writer.BytesPending > LargestRow)
        {
            throw new InvalidDataException(FormattableString.Invariant($"A row has more than {LargestRow} bytes."));
        }

        if (ArrowValues.Resolve(array, place) is not var (values, index))
        {
            writer.WriteNullValue();
            return;
        }

        switch (values)
        {
            case StringArray or LargeStringArray or StringViewArray:
                writer.WriteStringValue(ArrowValues.Text(values, index));
                break;
            case BooleanArray truths:
                writer.WriteBooleanValue(truths.GetValue(index)!.Value);
                break;
            case MapArray or ListArray:
                var list = (ListArray)values;
                List(writer, list.Values, list.ValueOffsets[index], list.ValueOffsets[index + 1]);
                break;
            case LargeListArray large:
                List(writer, large.Values, checked((int)large.ValueOffsets[index]), checked((int)large.ValueOffsets[index + 1]));
                break;
            case FixedSizeListArray { Data.DataType: FixedSizeListType type } entries:
                List(writer, entries.Values, (index + entries.Offset) * type.ListSize, (index + entries.Offset + 1) * type.ListSize);
                break;
            case StructArray structure:
                Structure(writer, structure, index);
                break;
            default:
                Plain(writer, values, index);
                break;
        }
    }

    private static void Plain(Utf8JsonWriter writer, IArrowArray values, int index)
    {
        string? text = ArrowValues.Plain(values, index, out bool isNumber);
        if (text is null)
        {
            writer.WriteStartObject();
            writer.WriteString(JsonRows.Unreadable, isNumber ? "a number that is not finite" : values.Data.DataType.Name);
            writer.WriteEndObject();
        }
        else if (isNumber)
        {
            writer.WriteRawValue(text);
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }

    private static void List(Utf8JsonWriter writer, IArrowArray values, int start, int endExclusive)
    {
        writer.WriteStartArray();
        for (int i = start; i < endExclusive; i++)
        {
            Write(writer, values, i);
        }

        writer.WriteEndArray();
    }

    private static void Structure(Utf8JsonWriter writer, StructArray structure, int index)
    {
        var type = (StructType)structure.Data.DataType;
        writer.WriteStartObject();
        for (int f = 0; f < structure.Fields.Count; f++)
        {
            writer.WritePropertyName(type.Fields[f].Name);
            Write(writer, structure.Fields[f], index);
        }

        writer.WriteEndObject();
    }
}
