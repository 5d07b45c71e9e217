using System.Text.Json;
using System.Text.Json.Serialization;

namespace FuseSharp.Pipeline.Merge.Configuration;

/// <summary>Writes the values into a merge's key as its file has them.</summary>
internal sealed class LayerValuesJson : JsonConverter<LayerValues>
{
    /// <inheritdoc/>
    public override LayerValues Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Keys are only written.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, LayerValues value, JsonSerializerOptions options)
    {
        if (value is { Conditions.Count: 0, Gradient.Count: 1 })
        {
            writer.WriteNumberValue(value.Gradient[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (double number in value.Gradient)
        {
            writer.WriteNumberValue(number);
        }

        foreach (var (filter, inner) in value.Conditions)
        {
            writer.WriteStartObject();
            writer.WriteString("filter", filter);
            writer.WritePropertyName("value");
            Write(writer, inner, options);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
