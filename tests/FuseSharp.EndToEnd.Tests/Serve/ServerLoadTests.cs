using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>The benchmark <c>serve-load</c> in small, and what shuts nobody out.</summary>
public sealed class ServerLoadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ManyFaultyClients_HealthyAnswersAreThoseOfBeingAlone()
    {
        await using var served = await ServedTinyModel.StartAsync(poisoned: 'c');
        var load = new ServerLoad(served.Address);
        await load.LearnAsync(Token);

        await load.RunAsync(clients: 24, requests: 300, seed: 5, Token);

        Assert.Empty(load.Errors);
        Assert.InRange(load.Compared, 60, 300);
        Assert.True(load.HealthChecks > 0);
        served.Client.Dispose();
        await UntilAsync(() => served.Connections == 0); // nothing is kept of those who left
    }

    [Fact]
    public async Task HalfSentRequests_ShutNobodyOutAndEndNoRunningOne()
    {
        await using var served = await ServedTinyModel.StartAsync(isEndless: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/completions") { Content = JsonContent.Create(new { prompt = "ab", max_tokens = 1_000_000, stream = true }) };
        using var stream = await served.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        using var events = new StreamReader(await stream.Content.ReadAsStreamAsync(Token));
        var half = new List<TcpClient>();
        try
        {
            // More than there are places; some with a body that never comes.
            for (int i = 0; i < 1100; i++)
            {
                var client = new TcpClient();
                half.Add(client);
                await client.ConnectAsync(served.Address.Host, served.Address.Port, Token);
                await client.GetStream().WriteAsync(i % 2 == 0 ? "POST /v1/comp"u8.ToArray() : "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"u8.ToArray(), Token);
            }

            using var other = new HttpClient { BaseAddress = served.Address };
            using var health = await other.GetAsync("health", Token);
            var completion = await other.PostAsJsonAsync("v1/completions", new { prompt = "a", max_tokens = 2 }, Token);

            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (health.StatusCode, completion.StatusCode));
            Assert.InRange(served.Connections, 2, 1024);
            for (int i = 0; i < 20; i++)
            {
                Assert.NotNull(await events.ReadLineAsync(Token));
            }
        }
        finally
        {
            half.ForEach(c => c.Dispose());
        }
    }

    [Fact]
    public async Task Stop_RunningRequestsAreToldAndHalfSentOnesDoNotDelayIt()
    {
        await using var served = await ServedTinyModel.StartAsync(o => o with { ShutdownSeconds = 0.2 }, isEndless: true);
        var running = served.PostAsync("v1/completions", new { prompt = "ab", max_tokens = 1_000_000 });
        await UntilAsync(() => served.Requests == 1);
        using var half = new TcpClient();
        await half.ConnectAsync(served.Address.Host, served.Address.Port, Token);
        await half.GetStream().WriteAsync("POST /v1/comp"u8.ToArray(), Token);
        await UntilAsync(() => served.Connections >= 2);

        await served.StopAsync();

        var (response, json) = await running;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("The server is shutting down.", json.GetProperty("error").GetProperty("message").GetString());
        await Assert.ThrowsAsync<IOException>(() => half.GetStream().ReadExactlyAsync(new byte[1], Token).AsTask()); // it is closed
        Assert.Equal(0, served.Connections);
    }

    [Theory]
    [InlineData(200_000, "context_length_exceeded")]
    [InlineData(4000, "context_length_exceeded")]
    public async Task TokenIds_MoreThanTheContext_AreRefused(int count, string code)
    {
        await using var served = await ServedTinyModel.StartAsync();

        foreach (object prompt in new object[] { Enumerable.Repeat(260, count), new[] { Enumerable.Repeat(260, 3), Enumerable.Repeat(260, count) } })
        {
            var (response, json) = await served.PostAsync("v1/completions", new { prompt });

            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Equal((code, "prompt"), (json.GetProperty("error").GetProperty("code").GetString(), json.GetProperty("error").GetProperty("param").GetString()));
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "It never came.");
            await Task.Delay(10, Token);
        }
    }
}
