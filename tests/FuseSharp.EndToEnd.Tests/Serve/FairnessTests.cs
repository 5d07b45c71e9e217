using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>One client's request, however large or faulty, is one client's matter.</summary>
public sealed class FairnessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ManyContinuations_OthersAreAnsweredBeforeTheirEnd()
    {
        await using var served = await ServedTinyModel.StartAsync(o => o with { BatchSize = 4 }, isEndless: true);
        var large = served.PostAsync("v1/completions", new { prompt = "ab", n = 128, max_tokens = 200, temperature = 0 });
        var scores = served.PostAsync("v1/completions", new { prompt = Enumerable.Repeat(Enumerable.Repeat(5, 100), 128), max_tokens = 0, echo = true, logprobs = 1 });

        // Ten small ones, one after another.
        for (int i = 0; i < 10; i++)
        {
            var (response, json) = await served.PostAsync("v1/completions", new { prompt = "c", max_tokens = 4, temperature = 0 });
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(4, json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        }

        Assert.False(large.IsCompleted);
        var (_, written) = await large;
        Assert.Equal(128 * 200, written.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(128, (await scores).Json.GetProperty("choices").GetArrayLength());
    }

    [Fact]
    public async Task ScoringClientLeaves_OthersGoOn()
    {
        await using var served = await ServedTinyModel.StartAsync(isEndless: true);
        var others = Enumerable.Range(0, 3).Select(_ => served.PostAsync("v1/completions", new { prompt = "ab", max_tokens = 100, temperature = 0 })).ToList();
        using (var leaving = new CancellationTokenSource())
        {
            var scoring = served.Client.PostAsJsonAsync("v1/completions", new { prompt = Enumerable.Repeat(Enumerable.Repeat(5, 200), 128), max_tokens = 0, echo = true, logprobs = 1 }, leaving.Token);
            await served.PostAsync("v1/completions", new { prompt = "c", max_tokens = 1 }); // by now it has been begun
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scoring);
        }

        foreach (var (response, json) in await Task.WhenAll(others))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(100, json.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        }
    }

    [Theory]
    [InlineData("""{"prompt": "\ud800"}""", "prompt")]
    [InlineData("""{"prompt": ["ab", "\udc00x"]}""", "prompt")]
    [InlineData("""{"prompt": "ab", "stop": "\ud83d"}""", "stop")]
    [InlineData("""{"prompt": "ab", "max_tokens": -1}""", "max_tokens")]
    [InlineData("""{"prompt": "ab", "max_tokens": "7"}""", "max_tokens")]
    [InlineData("""{"prompt": "ab", "max_tokens": 99999999999}""", "max_tokens")]
    [InlineData("""{"prompt": "ab", "guided_regex": "[0-9]+"}""", "guided_regex")]
    [InlineData("""{"prompt": "ab", "add_special_tokens": false}""", "add_special_tokens")]
    [InlineData("""{"prompt": "ab", "skip_special_tokens": false}""", "skip_special_tokens")]
    [InlineData("""{"prompt": "ab", "min_tokens": 5}""", "min_tokens")]
    [InlineData("""{"prompt": "ab", "ignore_eos": true}""", "ignore_eos")]
    [InlineData("""{"prompt": [[5], 7]}""", "prompt")]
    public async Task Completions_FaultyField_IsNamedWith400(string body, string field)
    {
        await using var served = await ServedTinyModel.StartAsync();

        var response = await served.Client.PostAsync("v1/completions", new StringContent(body, Encoding.UTF8, "application/json"), Token);
        string text = await response.Content.ReadAsStringAsync(Token);

        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        Assert.Equal(field, JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("param").GetString());
        Assert.DoesNotContain("System.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("FuseSharp.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completions_NeutralAndBillingFields_AreAccepted()
    {
        await using var served = await ServedTinyModel.StartAsync();

        var (response, _) = await served.PostAsync("v1/completions", new { prompt = "ab", max_tokens = 1, user = "me", metadata = new { a = 1 }, ignore_eos = false, stop_token_ids = Array.Empty<int>(), guided_regex = (string?)null });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task LongTexts_AreRefusedUnreadWithTheCode()
    {
        await using var served = await ServedTinyModel.StartAsync();
        foreach (var (path, body) in new (string, object)[]
        {
            ("v1/completions", new { prompt = new string('a', 1_000_000) }),
            ("v1/completions", new { prompt = Enumerable.Repeat(5, 5000) }),
            ("v1/completions", new { prompt = Enumerable.Repeat(5, served.Model.Network.Config.ContextLength), max_tokens = 1 }),
            ("v1/chat/completions", new { messages = new[] { new { role = "user", content = new string('a', 1_000_000) } } }),
        })
        {
            var (response, json) = await served.PostAsync(path, body);

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Equal("context_length_exceeded", json.GetProperty("error").GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task Unseeded_RequestsAreIndependent_SeededOnesRepeat()
    {
        await using var served = await ServedTinyModel.StartAsync(isEndless: true);
        async Task<string[]> Texts(object body)
            => [.. (await served.PostAsync("v1/completions", body)).Json.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!)];

        string[][] unseeded = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Texts(new { prompt = "ab", n = 4, max_tokens = 30, temperature = 2.0 })))];
        Assert.Equal(12, unseeded.SelectMany(t => t).Distinct().Count());
        Assert.Equal(8, (await Texts(new { prompt = "ab", n = 4, max_tokens = 30, temperature = 2.0, seed = -1 })).Concat(await Texts(new { prompt = "ab", n = 4, max_tokens = 30, temperature = 2.0, seed = -1 })).Distinct().Count());

        string[] seven = await Texts(new { prompt = "ab", n = 5, max_tokens = 30, temperature = 2.0, seed = 7 });
        Assert.Equal(seven, await Texts(new { prompt = "ab", n = 5, max_tokens = 30, temperature = 2.0, seed = 7 }));
        Assert.Equal(15, seven.Concat(await Texts(new { prompt = "ab", n = 5, max_tokens = 30, temperature = 2.0, seed = 8 })).Concat(await Texts(new { prompt = "ab", n = 5, max_tokens = 30, temperature = 2.0, seed = -7 })).Distinct().Count());
    }
}
