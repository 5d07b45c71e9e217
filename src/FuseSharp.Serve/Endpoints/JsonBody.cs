using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FuseSharp.Serve.Connections;
using FuseSharp.Serve.Protocol;
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

        byte[] body = await BytesOfAsync(context);
        try
        {
            CheckTexts(body);
            return JsonSerializer.Deserialize<T>(body, Options) ?? throw new ApiException(400, "The body is 'null', expected a JSON object.");
        }
        catch (JsonException fault)
        {
            throw fault.Path is { Length: > 2 } path
                ? new ApiException(400, $"'{path[2..]}' has a value of another type, or out of the range, that was expected.", path[2..])
                : new ApiException(400, FormattableString.Invariant($"The body is not the JSON object that was expected: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine}."));
        }
    }

    /// <summary>Writes an answer.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value) => context.Response.WriteAsJsonAsync(value, Options, context.RequestAborted);

    private static async Task<byte[]> BytesOfAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (IOException fault) when (fault is not BadHttpRequestException)
        {
            throw new ApiException(400, "The body cannot be read: it is cut short, or its chunks are damaged.");
        }

        context.Features.Get<OpenConnection>()?.Hear();
        byte[] bytes = body.ToArray();
        return bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
    }

    // Every text once: halves of a surrogate pair (clients cut emoji) and bytes that are no UTF-8 would come up later, wherever a text is taken.
    private static void CheckTexts(byte[] body)
    {
        string? field = null;
        if (!Utf8.IsValid(body))
        {
            throw new ApiException(400, "The body is not UTF-8.");
        }

        var reader = new Utf8JsonReader(body);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            {
                continue;
            }

            string text;
            try
            {
                text = reader.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw new ApiException(400, $"{(field is null ? "A name in the body" : $"'{field}'")} holds half of a surrogate pair: a character was cut. Send whole characters.", field);
            }

            field = reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 ? text : field;
        }
    }
}
