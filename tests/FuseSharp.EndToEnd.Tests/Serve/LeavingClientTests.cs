using System.Net;
using System.Net.Http.Json;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>A client that closes its connection before its answer is complete.</summary>
public sealed class LeavingClientTests
{
    [Theory]
    [InlineData("v1/completions", """{"prompt": "ab", "temperature": 0, "max_tokens": 1000000, "stream": true}""")]
    [InlineData("v1/chat/completions", """{"messages": [{"role": "user", "content": "c"}], "temperature": 0, "max_tokens": 1000000, "stream": true}""")]
    public async Task Stream_ClientLeaves_ItsPlaceIsFreeForTheNext(string path, string body)
    {
        await using var served = await ServedTinyModel.StartAsync(o => o with { BatchSize = 1, QueueLength = 1 }, isEndless: true);
        using var leaving = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = served.Address }; // closes the connection at once
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, null, "application/json") };
        var response = await leaving.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        for (int i = 0; i < 20; i++)
        {
            Assert.StartsWith("data: {", await events.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.Equal("", await events.ReadLineAsync(TestContext.Current.CancellationToken));
        }

        // While the text goes on, one of two others finds room in the queue and the other one is refused: that one waits.
        var others = Enumerable.Range(0, 2).Select(_ => served.Client.PostAsJsonAsync("v1/completions", new { prompt = "c", max_tokens = 4 }, TestContext.Current.CancellationToken)).ToList();
        var first = await Task.WhenAny(others);
        others.Remove(first);
        using var refused = await first;
        Assert.Equal((HttpStatusCode.TooManyRequests, false), (refused.StatusCode, others[0].IsCompleted));

        response.Dispose();

        // The text that stood in the way would have taken hours.
        using var answered = await others[0];
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }
}
