using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Artifacts;

/// <summary>How JSON is written into artifacts: indented, snake_case, enums by name, invariant.</summary>
public static class ArtifactJson
{
    /// <summary>For files that people read.</summary>
    public static JsonSerializerOptions Options { get; } = Make(indented: true);

    /// <summary>For logs, an object a line.</summary>
    public static JsonSerializerOptions Line { get; } = Make(indented: false);

    /// <summary>Reads a file that a stage wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArtifactException">It is missing, damaged, or lacks something.</exception>
    public static T Read<T>(string path)
        where T : class
    {
        try
        {
            var value = JsonSerializer.Deserialize<T>(File.ReadAllText(path), Options) ?? throw new JsonException("it is empty.");
            return value is System.Collections.IEnumerable items && value is not System.Collections.IDictionary && items.Cast<object?>().Any(i => i is null) ? throw new JsonException("it lists null.")
                : value is System.Collections.IDictionary named && named.Values.Cast<object?>().Any(i => i is null) ? throw new JsonException("it names null.")
                : value;
        }
        catch (Exception fault) when (fault is JsonException or NotSupportedException or InvalidOperationException or ArgumentException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ArtifactException($"'{path}' is damaged: {fault.Message.ReplaceLineEndings(" ")} Delete its folder and run its stage again.", fault);
        }
    }

    private static JsonSerializerOptions Make(bool indented) => new()
    {
        WriteIndented = indented,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // plain letters in files; nothing of it goes into HTML
        // A file that lacks something, or says null for it, is damaged: it is told here, not where the value is used.
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
