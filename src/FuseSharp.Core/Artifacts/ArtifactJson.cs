using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FuseSharp.Core.Artifacts;

/// <summary>How JSON is written into artifacts: indented, snake_case, enums by name, invariant.</summary>
public static class ArtifactJson
{
    /// <summary>For files that people read.</summary>
    public static JsonSerializerOptions Options { get; } = Make(indented: true);

    /// <summary>For logs, an object a line.</summary>
    public static JsonSerializerOptions Line { get; } = Make(indented: false);

    private static JsonSerializerOptions Make(bool indented) => new()
    {
        WriteIndented = indented,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // plain letters in files; nothing of it goes into HTML
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
