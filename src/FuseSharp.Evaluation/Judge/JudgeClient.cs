using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Endpoints;

namespace FuseSharp.Evaluation.Judge;

/// <summary>Asks a judge behind any endpoint of OpenAI's protocol.</summary>
public sealed class JudgeClient : IDisposable
{
    private const long LargestAnswer = 16 << 20; // of 2,048 tokens, with whatever a server adds

    private readonly EndpointConnection _endpoint;
    private readonly string _model;

    /// <param name="endpoint">Such as <c>https://api.openai.com/v1</c>.</param>
    /// <param name="model">Name of the judge there.</param>
    /// <param name="key">Sent as bearer token; null for none.</param>
    /// <param name="firstDelay">Before the first retry; doubled for each one.</param>
    /// <param name="say">Gets a line before each retry: why, and after what time.</param>
    public JudgeClient(Uri endpoint, string model, string? key, TimeSpan firstDelay, Action<string>? say = null)
        => (_endpoint, _model) = (new EndpointConnection(endpoint, "The judge", key, new EndpointLimits { FirstDelay = firstDelay }, say), model);

    /// <summary>Asks once, always for the most likely answer.</summary>
    /// <exception cref="UsageException">The endpoint refuses, answers otherwise than the protocol says, or stays out of reach.</exception>
    public async Task<string> AskAsync(string system, string question, CancellationToken cancellation)
    {
        var body = new { model = _model, temperature = 0, max_tokens = 2048, messages = new[] { new { role = "system", content = system }, new { role = "user", content = question } } };
        var answer = await _endpoint.PostAsync("chat/completions", body, LargestAnswer, cancellation);
        try
        {
            return answer.IsSuccess
                ? JsonSerializer.Deserialize<JsonElement>(answer.Body.Span).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? ""
                : throw new UsageException($"{_endpoint.Name} answers {(int)answer.Status}: {answer.Shown} Check the endpoint, the judge's name and the key in the environment.");
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new UsageException($"{_endpoint.Name} does not answer as OpenAI's protocol says: {fault.Message} Check the endpoint.", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _endpoint.Dispose();
}
