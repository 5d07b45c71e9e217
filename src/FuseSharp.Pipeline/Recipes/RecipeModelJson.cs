using System.Text.Json;
using System.Text.Json.Serialization;
using FuseSharp.Options;
using FuseSharp.Pipeline.Represent.Served;

namespace FuseSharp.Pipeline.Recipes;

/// <summary>Writes a model as recipes have it: a path alone, or what tells a model behind a server.</summary>
internal sealed class RecipeModelJson : JsonConverter<RecipeModel>
{
    /// <inheritdoc/>
    public override RecipeModel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Recipes are read from YAML.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RecipeModel value, JsonSerializerOptions options)
    {
        if (value.HasWeights)
        {
            writer.WriteStringValue(value.Path);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("endpoint", value.Endpoint);
        writer.WriteString("model", value.Model);
        writer.WriteString("tokenizer", value.Tokenizer);
        if (value.Protocol != EndpointProtocol.Auto)
        {
            writer.WriteString("protocol", OptionRange.KeyOf(value.Protocol.ToString()));
        }

        writer.WriteEndObject();
    }
}
