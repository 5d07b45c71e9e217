using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace FuseSharp.Serve.Endpoints;

/// <summary>Reads and writes JSON bodies.</summary>
internal static class JsonBody
{
    /// <summary>Names and leniency of OpenAI's protocol.</summary>
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict,
    };

    /// <summary>Reads a request's body.</summary>
    /// <exception cref="ApiException">It is no such body.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context)
        where T : class
    {
        // Web pages of other origins can send only plain forms and texts without the browser asking first.
        if (!context.Request.HasJsonContentType())
        {
            throw new ApiException(415, "The body has another Content-Type than application/json.");
        }

        try
        {
            return await JsonSerializer.DeserializeAsync<T>(context.Request.Body, Options, context.RequestAborted) ?? throw new ApiException(400, "The body is 'null', expected a JSON object.");
        }
        catch (JsonException fault)
        {
            throw new ApiException(400, $"The body is not the JSON that was expected: {fault.Message}", fault.Path is { Length: > 2 } path ? path[2..] : null);
        }
    }

    /// <summary>Writes an answer.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value) => context.Response.WriteAsJsonAsync(value, Options, context.RequestAborted);
}
