using System.Text.Json;
using System.Text.Json.Serialization;

namespace FuseSharp.Options;

/// <summary>Writes null as <see cref="AutomaticAttribute.Word"/> and reads it back.</summary>
/// <typeparam name="T">Type of the number.</typeparam>
internal sealed class AutomaticJson<T> : JsonConverter<T?>
    where T : struct
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.String && reader.GetString() == AutomaticAttribute.Word ? null : JsonSerializer.Deserialize<T>(ref reader, options);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T? value, JsonSerializerOptions options)
    {
        if (value is { } number)
        {
            JsonSerializer.Serialize(writer, number, options);
        }
        else
        {
            writer.WriteStringValue(AutomaticAttribute.Word);
        }
    }
}
