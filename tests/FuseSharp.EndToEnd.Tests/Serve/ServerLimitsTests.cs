using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using FuseSharp.Errors;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>What the server refuses, and in which shape it says so.</summary>
public sealed class ServerLimitsTests
{
    [Theory]
    [InlineData("v1/completions", """{"model": "other", "prompt": "a"}""", 404, "model_not_found")]
    [InlineData("v1/completions", """{"prompt": """, 400, "not the JSON")]
    [InlineData("v1/completions", """{"prompt": [1, 99999]}""", 400, "expected token ids from 0 to 266")]
    [InlineData("v1/completions", """{"prompt": []}""", 400, "'prompt' is missing or empty")]
    [InlineData("v1/completions", """{"prompt": "a", "temperature": 99}""", 400, "'temperature' is 99, expected 0 to 10.")]
    [InlineData("v1/completions", """{"prompt": "a", "n": 1000}""", 400, "at most 128")]
    [InlineData("v1/completions", """{"prompt": "a", "logprobs": 1000}""", 400, "expected 0 to 512")]
    [InlineData("v1/completions", """{"prompt": "a", "stop": [1]}""", 400, "'stop' is neither")]
    [InlineData("v1/completions", """{"prompt": "a", "max_tokens": "many"}""", 400, "max_tokens")]
    [InlineData("v1/completions", """{"prompt": "a", "max_tokens": -1}""", 400, "'max_tokens' is -1, expected 0 to 1048576")]
    [InlineData("v1/completions", """{"prompt": "a", "max_tokens": 1048577}""", 400, "'max_tokens' is 1048577, expected 0 to 1048576")]
    [InlineData("v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "max_tokens": 0}""", 400, "'max_tokens' is 0, expected 1 to 1048576")]
    [InlineData("v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "logprobs": true, "top_logprobs": 21}""", 400, "'top_logprobs' is 21, expected 0 to 20")]
    [InlineData("v1/completions", """{"prompt": "a", "logit_bias": {"1": 2}}""", 400, "'logit_bias' is not supported")]
    [InlineData("v1/chat/completions", """{"messages": [{"role": "tool", "content": "a"}]}""", 400, "refuses this conversation: no tools")]
    [InlineData("v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}""", 400, "reads text only")]
    [InlineData("v1/chat/completions", """{"messages": [], "model": "tiny"}""", 400, "'messages' is missing")]
    [InlineData("v1/nothing", "{}", 404, "There is no POST /v1/nothing")]
    public async Task Post_BadRequest_IsAnsweredInOpenAIsShape(string path, string body, int status, string expected)
    {
        await using var served = await ServedTinyModel.StartAsync();

        using var response = await served.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(expected, WithoutEscapes(text), StringComparison.Ordinal);
        Assert.Equal("invalid_request_error", JsonSerializer.Deserialize<JsonElement>(text).GetProperty("error").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Post_MoreLogProbabilitiesThanAnAnswerHolds_IsRefused()
    {
        await using var served = await ServedTinyModel.StartAsync();

        var (_, json) = await served.PostAsync("v1/completions", new { prompt = Enumerable.Repeat(Enumerable.Repeat(5, 100), 128), max_tokens = 0, echo = true, logprobs = 512 });

        Assert.Equal("'logprobs' of 512 at 12,800 tokens of prompts were asked for, expected at most 4,194,304 in all. Ask for fewer prompts at once, or for fewer.", json.GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task Post_PromptLongerThanTheContext_IsRefused()
    {
        await using var served = await ServedTinyModel.StartAsync();

        var (response, json) = await served.PostAsync("v1/completions", new { prompt = new string('c', 500) });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("128 tokens", json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://elsewhere.example", false)]
    public async Task Options_PageOfAnOrigin_MayAskOnlyWhereItIsAllowed(string origin, bool isAllowed)
    {
        await using var served = await ServedTinyModel.StartAsync(o => o with { AllowedOrigins = ["http://localhost:3000"], ApiKey = "secret" });
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "v1/chat/completions");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        preflight.Headers.Add("Access-Control-Request-Headers", "authorization,content-type");

        using var response = await served.Client.SendAsync(preflight, TestContext.Current.CancellationToken);

        Assert.Equal(isAllowed ? [origin] : [], response.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) ? allowed : []);
        var (asked, _) = await served.PostAsync("v1/completions", new { prompt = "a" });
        Assert.Equal(HttpStatusCode.Unauthorized, asked.StatusCode); // whatever the origin, the key is asked for
    }

    [Fact]
    public async Task Start_OriginWithAPath_IsRefused()
        => Assert.Contains("'http://localhost:3000/' is not a web origin", (await Assert.ThrowsAsync<UsageException>(() => ServedTinyModel.StartAsync(o => o with { AllowedOrigins = ["http://localhost:3000/"] }))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Post_TextOfAForm_IsUnsupportedMediaType()
    {
        await using var served = await ServedTinyModel.StartAsync();

        using var response = await served.Client.PostAsync("v1/completions", new StringContent("{}", Encoding.UTF8, "text/plain"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Post_TooLargeABody_Is413()
    {
        await using var served = await ServedTinyModel.StartAsync(o => o with { LargestBody = 1000 });

        var (response, json) = await served.PostAsync("v1/completions", new { prompt = new string('c', 2000) });

        Assert.Equal((HttpStatusCode)413, response.StatusCode);
        Assert.True(json.TryGetProperty("error", out _));
    }

    [Fact]
    public async Task Get_UnderAnotherName_IsRefusedOnLoopback()
    {
        await using var served = await ServedTinyModel.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models");
        request.Headers.Host = "attacker.example";

        using var response = await served.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Health_NeedsNoKey_TheModelsDo()
    {
        await using var served = await ServedTinyModel.StartAsync(o => o with { ApiKey = "secret" });

        using var health = await served.Client.GetAsync("health", TestContext.Current.CancellationToken);
        using var models = await served.Client.GetAsync("v1/models", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (health.StatusCode, models.StatusCode));
    }

    [Fact]
    public async Task Post_FullQueue_Is429WithRetryAfter()
    {
        await using var served = await ServedTinyModel.StartAsync(o => o with { QueueLength = 1 }, works: false);
        using var first = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, 2).Select(_ => served.Client.PostAsJsonAsync("v1/completions", new { prompt = "a" }, first.Token)).ToList();

        // Whichever of the two came second is answered at once; the other one waits for ever.
        using var refused = await await Task.WhenAny(waiting);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(waiting));
    }

    [Fact]
    public async Task Chat_ModelWithoutTemplate_SaysSo()
    {
        await using var served = await ServedTinyModel.StartAsync(hasTemplate: false);

        var (response, json) = await served.PostAsync("v1/chat/completions", new { messages = new[] { new { role = "user", content = "a" } } });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("has no chat template", json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static string WithoutEscapes(string json) => json.Replace("\\u0027", "'", StringComparison.Ordinal);
}
