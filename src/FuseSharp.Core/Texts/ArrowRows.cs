using System.Text.Json;
using Apache.Arrow;

namespace FuseSharp.Core.Texts;

/// <summary>Rows of record batches as JSON: texts, numbers, truth values, and lists and structures of them.</summary>
internal static class ArrowRows
{
    /// <summary>A row as an object; columns of other kinds are left out.</summary>
    public static byte[] ToJson(RecordBatch batch, int row)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            for (int c = 0; c < batch.ColumnCount; c++)
            {
                Property(writer, batch.Schema.GetFieldByIndex(c).Name, batch.Column(c), row);
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Property(Utf8JsonWriter writer, string name, IArrowArray values, int index)
    {
        writer.WritePropertyName(name);
        Write(writer, values, index);
    }

    private static void Write(Utf8JsonWriter writer, IArrowArray values, int index)
    {
        if (values.IsNull(index))
        {
            writer.WriteNullValue();
            return;
        }

        switch (values)
        {
            case StringArray texts: writer.WriteStringValue(texts.GetString(index)); break;
            case LargeStringArray texts: writer.WriteStringValue(texts.GetString(index)); break;
            case StringViewArray texts: writer.WriteStringValue(texts.GetString(index)); break;
            case BooleanArray truths: writer.WriteBooleanValue(truths.GetValue(index)!.Value); break;
            case Int8Array numbers: writer.WriteNumberValue(numbers.GetValue(index)!.Value); break;
            case Int16Array numbers: writer.WriteNumberValue(numbers.GetValue(index)!.Value); break;
            case Int32Array numbers: writer.WriteNumberValue(numbers.GetValue(index)!.Value); break;
            case Int64Array numbers: writer.WriteNumberValue(numbers.GetValue(index)!.Value); break;
            case DoubleArray numbers when double.IsFinite(numbers.GetValue(index)!.Value): writer.WriteNumberValue(numbers.GetValue(index)!.Value); break;
            case FloatArray numbers when float.IsFinite(numbers.GetValue(index)!.Value): writer.WriteNumberValue(numbers.GetValue(index)!.Value); break;
            case ListArray list: List(writer, list.Values, list.ValueOffsets[index], list.ValueOffsets[index + 1]); break;
            case LargeListArray list: List(writer, list.Values, checked((int)list.ValueOffsets[index]), checked((int)list.ValueOffsets[index + 1])); break;
            case StructArray structure: Structure(writer, structure, index); break;
            default: writer.WriteNullValue(); break;
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
        var type = (Apache.Arrow.Types.StructType)structure.Data.DataType;
        writer.WriteStartObject();
        for (int f = 0; f < structure.Fields.Count; f++)
        {
            Property(writer, type.Fields[f].Name, structure.Fields[f], index);
        }

        writer.WriteEndObject();
    }
}
