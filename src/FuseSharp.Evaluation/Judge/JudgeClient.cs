using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using FuseSharp.Errors;
using Polly;
using Polly.Retry;

namespace FuseSharp.Evaluation.Judge;

/// <summary>Asks a judge behind any endpoint of OpenAI's protocol.</summary>
/// <remarks>Refusals for load (429), faults of the server, broken connections and answers that do not come are tried again, later each time or when the server says so; each time is said.</remarks>
public sealed class JudgeClient : IDisposable
{
    private const int MostRetries = 6;
    private static readonly TimeSpan _longestAnswer = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http;
    private readonly string _model;
    private readonly ResiliencePipeline<HttpResponseMessage> _retries;

    /// <param name="endpoint">Such as <c>https://api.openai.com/v1</c>.</param>
    /// <param name="model">Name of the judge there.</param>
    /// <param name="key">Sent as bearer token; null for none.</param>
    /// <param name="firstDelay">Before the first retry; doubled for each one.</param>
    /// <param name="say">Gets a line before each retry: why, and after what time.</param>
    public JudgeClient(Uri endpoint, string model, string? key, TimeSpan firstDelay, Action<string>? say = null)
    {
        _http = new HttpClient { BaseAddress = new Uri(endpoint.ToString().TrimEnd('/') + "/"), Timeout = _longestAnswer };
        _http.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        _model = model;
        _retries = new ResiliencePipelineBuilder<HttpResponseMessage>().AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = MostRetries,
            Delay = firstDelay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = new PredicateBuilder<HttpResponseMessage>().Handle<HttpRequestException>().Handle<TaskCanceledException>(IsTooLate)
                .HandleResult(r => r.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError),
            DelayGenerator = a => ValueTask.FromResult(WantedBy(a.Outcome.Result?.Headers.RetryAfter)),
            OnRetry = a =>
            {
                say?.Invoke(string.Create(CultureInfo.InvariantCulture, $"The judge at {_http.BaseAddress} {ReasonOf(a.Outcome)}: asked again in {Math.Ceiling(a.RetryDelay.TotalSeconds):N0} s ({a.AttemptNumber + 1} of {MostRetries})."));
                return default;
            },
        }).Build();
    }

    /// <summary>Asks once, always for the most likely answer.</summary>
    /// <exception cref="UsageException">The endpoint refuses, answers otherwise than the protocol says, or stays out of reach.</exception>
    public async Task<string> AskAsync(string system, string question, CancellationToken cancellation)
    {
        var body = new { model = _model, temperature = 0, max_tokens = 2048, messages = new[] { new { role = "system", content = system }, new { role = "user", content = question } } };
        try
        {
            using var response = await _retries.ExecuteAsync(async stop => await _http.PostAsJsonAsync("chat/completions", body, stop), cancellation);
            string text = await response.Content.ReadAsStringAsync(cancellation);
            return response.IsSuccessStatusCode
                ? JsonSerializer.Deserialize<JsonElement>(text).GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? ""
                : throw new UsageException($"The judge at {_http.BaseAddress} answers {(int)response.StatusCode}: {Shown(text)} Check the endpoint, the judge's name and the key in the environment.");
        }
        catch (HttpRequestException fault)
        {
            throw new UsageException($"The judge at {_http.BaseAddress} cannot be reached: {fault.Message} Check the endpoint; the same command resumes where it stopped.", fault);
        }
        catch (TaskCanceledException fault) when (IsTooLate(fault))
        {
            throw new UsageException($"The judge at {_http.BaseAddress} {Late}. Check the endpoint; the same command resumes where it stopped.", fault);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new UsageException($"The judge at {_http.BaseAddress} does not answer as OpenAI's protocol says: {fault.Message} Check the endpoint.", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static string Late => string.Create(CultureInfo.InvariantCulture, $"gives no answer in {_longestAnswer.TotalMinutes} minutes");

    // HttpClient's own time limit, not the user's wish to stop.
    private static bool IsTooLate(TaskCanceledException fault) => fault.InnerException is TimeoutException;

    // A time to wait, or a moment; null where the server says neither.
    private static TimeSpan? WantedBy(RetryConditionHeaderValue? header)
        => header?.Delta ?? (header?.Date - TimeProvider.System.GetUtcNow() is { } left ? TimeSpan.FromTicks(Math.Max(0, left.Ticks)) : null);

    private static string ReasonOf(Outcome<HttpResponseMessage> outcome)
        => outcome.Result is { } response ? $"answers {(int)response.StatusCode} ({LibraryErrors.OneLine(response.ReasonPhrase ?? response.StatusCode.ToString())})"
            : outcome.Exception is HttpRequestException fault ? $"cannot be reached ({LibraryErrors.OneLine(fault.Message.TrimEnd('.'))})"
            : Late;

    private static string Shown(string text) => text.ReplaceLineEndings(" ") is { Length: > 300 } longer ? longer[..300] : text.ReplaceLineEndings(" ");
}
