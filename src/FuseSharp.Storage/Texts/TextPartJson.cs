using System.Text.Json;
using System.Text.Json.Serialization;

namespace FuseSharp.Storage.Texts;

/// <summary>Writes a part as recipes have it.</summary>
internal sealed class TextPartJson : JsonConverter<TextPart>
{
    /// <inheritdoc/>
    public override TextPart Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Recipes are read from YAML.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TextPart value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
