using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using FuseSharp.Errors;
using Polly;
using Polly.Retry;

namespace FuseSharp.Evaluation.Endpoints;

/// <summary>Asks an HTTP endpoint with JSON: bounded answers, bounded time, and what can pass is tried again. Safe to use from several threads.</summary>
/// <remarks>Refusals for load (429), faults of the server, broken connections and answers that do not come are tried again, later each time or when the server says so; each time is said.
/// No other address is followed: the key is for this one.</remarks>
public sealed class EndpointConnection : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _who;
    private readonly EndpointLimits _limits;
    private readonly ResiliencePipeline<EndpointAnswer> _retries;

    /// <param name="endpoint">Such as <c>http://localhost:8000/v1</c>.</param>
    /// <param name="who">What messages call it, as <c>The judge</c>.</param>
    /// <param name="key">Sent as bearer token; null for none.</param>
    /// <param name="limits">How patient it is.</param>
    /// <param name="say">Gets a line before each retry: why, and after what time.</param>
    public EndpointConnection(Uri endpoint, string who, string? key, EndpointLimits limits, Action<string>? say = null)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(endpoint.ToString().TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan, // the limits' patience counts, by their clock
        };
        _http.DefaultRequestHeaders.Authorization = string.IsNullOrEmpty(key) ? null : new AuthenticationHeaderValue("Bearer", key);
        (_who, _limits) = (who, limits);
        _retries = limits.MostRetries == 0 ? ResiliencePipeline<EndpointAnswer>.Empty : new ResiliencePipelineBuilder<EndpointAnswer> { TimeProvider = limits.Time }.AddRetry(new RetryStrategyOptions<EndpointAnswer>
        {
            MaxRetryAttempts = limits.MostRetries,
            Delay = limits.FirstDelay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = new PredicateBuilder<EndpointAnswer>().Handle<HttpRequestException>().Handle<IOException>().Handle<TimeoutException>()
                .HandleResult(r => r.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError),
            DelayGenerator = a => ValueTask.FromResult(a.Outcome.Result?.Wait),
            OnRetry = a =>
            {
                say?.Invoke(string.Create(CultureInfo.InvariantCulture, $"{Name} {ReasonOf(a.Outcome)}: asked again in {Math.Ceiling(a.RetryDelay.TotalSeconds):N0} s ({a.AttemptNumber + 1} of {limits.MostRetries})."));
                return default;
            },
        }).Build();
    }

    /// <summary>What messages call it, with its address.</summary>
    public string Name => $"{_who} at {_http.BaseAddress}";

    /// <summary>Asks.</summary>
    /// <param name="path">Relative to the endpoint.</param>
    /// <param name="question">Becomes JSON.</param>
    /// <param name="mostBytes">Largest answer.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The answer, which may be a refusal that trying again does not change.</returns>
    /// <exception cref="UsageException">The endpoint stays out of reach, or its answer is larger.</exception>
    public async Task<EndpointAnswer> PostAsync(string path, object question, long mostBytes, CancellationToken cancellation)
    {
        byte[] sent = JsonSerializer.SerializeToUtf8Bytes(question, question.GetType());
        try
        {
            return await _retries.ExecuteAsync(async stop => await OnceAsync(path, sent, mostBytes, stop).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new UsageException($"{Name} cannot be reached: {LibraryErrors.OneLine(fault)} Check the endpoint; the same command resumes where it stopped.", fault);
        }
        catch (TimeoutException fault)
        {
            throw new UsageException($"{Name} {Late}. Check the endpoint; the same command resumes where it stopped.", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private string Late => string.Create(CultureInfo.InvariantCulture, $"gives no whole answer in {_limits.Patience.TotalMinutes:0.###} minutes");

    private async Task<EndpointAnswer> OnceAsync(string path, byte[] sent, long mostBytes, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(_limits.Patience, _limits.Time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(sent) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ended.Token).ConfigureAwait(false);
            byte[] body = await ReadAsync(response.Content, mostBytes, ended.Token).ConfigureAwait(false);
            return new EndpointAnswer(response.StatusCode, body) { Elsewhere = (int)response.StatusCode is >= 300 and < 400 ? response.Headers.Location : null, Reason = response.ReasonPhrase, Wait = WantedBy(response.Headers.RetryAfter) };
        }
        catch (OperationCanceledException fault) when (late.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new TimeoutException("No answer.", fault);
        }
    }

    private async Task<byte[]> ReadAsync(HttpContent content, long mostBytes, CancellationToken stop)
    {
        using var stream = await content.ReadAsStreamAsync(stop).ConfigureAwait(false);
        using var body = new MemoryStream();
        byte[] piece = new byte[1 << 16];
        while (await stream.ReadAsync(piece, stop).ConfigureAwait(false) is > 0 and var count)
        {
            if (body.Length + count > mostBytes)
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{Name} answers with more than {mostBytes:N0} bytes, which no answer to such a question has. Check the endpoint."));
            }

            body.Write(piece.AsSpan(0, count));
        }

        return body.ToArray();
    }

    // A time to wait, or a moment; null where the server says neither.
    private TimeSpan? WantedBy(RetryConditionHeaderValue? header)
        => (header?.Delta ?? header?.Date - _limits.Time.GetUtcNow()) is { } wait ? TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, _limits.LongestDelay.Ticks)) : null;

    private string ReasonOf(Outcome<EndpointAnswer> outcome)
        => outcome.Result is { } answer ? $"answers {(int)answer.Status} ({LibraryErrors.OneLine(answer.Reason ?? answer.Status.ToString())})"
            : outcome.Exception is TimeoutException or null ? Late
            : $"cannot be reached ({LibraryErrors.OneLine(outcome.Exception).TrimEnd('.')})";
}
