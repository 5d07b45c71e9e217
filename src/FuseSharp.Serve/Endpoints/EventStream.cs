using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace FuseSharp.Serve.Endpoints;

/// <summary>Server-sent events, as OpenAI streams answers: a JSON object each, and <c>[DONE]</c> at the end.</summary>
/// <param name="response">Not begun.</param>
internal sealed class EventStream(HttpResponse response)
{
    /// <summary>Sends an object.</summary>
    public Task SendAsync<T>(T value)
    {
        if (!response.HasStarted)
        {
            response.ContentType = "text/event-stream; charset=utf-8";
            response.Headers.CacheControl = "no-cache";
        }

        return WriteAsync(JsonSerializer.Serialize(value, JsonBody.Options));
    }

    /// <summary>Sends the end.</summary>
    public Task EndAsync() => WriteAsync("[DONE]");

    private async Task WriteAsync(string data)
    {
        await response.Body.WriteAsync(Encoding.UTF8.GetBytes($"data: {data}\n\n"), response.HttpContext.RequestAborted);
        await response.Body.FlushAsync(response.HttpContext.RequestAborted);
    }
}
