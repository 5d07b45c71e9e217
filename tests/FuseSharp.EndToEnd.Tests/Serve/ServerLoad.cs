using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace FuseSharp.EndToEnd.Tests.Serve;

/// <summary>Many clients at once, of whom some hang up, err, or ask for what nobody can give.</summary>
/// <param name="address">Of a server whose model is the tiny one in which <c>c</c> is NaN.</param>
internal sealed class ServerLoad(Uri address)
{
    private const int TooMany = 429;

    private readonly ConcurrentBag<string> _faults = [];
    private readonly Dictionary<string, string> _alone = new(StringComparer.Ordinal);
    private int _left;
    private int _compared;

    /// <summary>What went wrong; empty where all is well.</summary>
    public IReadOnlyCollection<string> Errors => _faults;

    /// <summary>Healthy answers that were compared with the answer alone.</summary>
    public int Compared => _compared;

    /// <summary>Times that <c>/health</c> was asked while the load ran.</summary>
    public int HealthChecks { get; private set; }

    /// <summary>The longest of them.</summary>
    public TimeSpan SlowestHealth { get; private set; }

    /// <summary>Asks each healthy request alone.</summary>
    public async Task LearnAsync(CancellationToken cancellation)
    {
        using var client = new HttpClient { BaseAddress = address };
        foreach (var request in LoadRequest.Healthy)
        {
            var (status, answer) = await PostAsync(client, request, cancellation);
            _alone[request.Body] = status == request.Status ? LoadRequest.Compared(answer) : throw new InvalidOperationException($"{request.Body} alone is {status}: {answer}");
        }
    }

    /// <summary>Sends requests.</summary>
    /// <param name="clients">How many at a time.</param>
    /// <param name="requests">How many in all.</param>
    /// <param name="seed">Draws them.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task RunAsync(int clients, int requests, int seed, CancellationToken cancellation)
    {
        _left = requests;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var health = WatchHealthAsync(ended.Token);
        await Task.WhenAll(Enumerable.Range(0, clients).Select(i => Task.Run(() => ClientAsync(new Random((seed * 1000) + i), cancellation), cancellation)));
        await ended.CancelAsync();
        await health;
    }

    private async Task ClientAsync(Random random, CancellationToken cancellation)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = address };
        while (Interlocked.Decrement(ref _left) >= 0)
        {
            var request = LoadRequest.Draw(random);
            try
            {
                if (random.Next(50) == 0)
                {
                    await SendHalfAsync(request, random, cancellation);
                }
                else if (request.Leaves)
                {
                    await LeaveAsync(client, request, random, cancellation);
                }
                else
                {
                    await CheckAsync(client, request, cancellation);
                }
            }
            catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException)
            {
                _faults.Add($"{Shown(request)}: {fault.Message}");
            }
        }
    }

    private async Task CheckAsync(HttpClient client, LoadRequest request, CancellationToken cancellation)
    {
        var (status, answer) = await PostAsync(client, request, cancellation);
        if (status != request.Status)
        {
            _faults.Add($"{Shown(request)}: {status} instead of {request.Status}, {answer}");
        }
        else if (request.IsHealthy)
        {
            Interlocked.Increment(ref _compared);
            if (LoadRequest.Compared(answer) is var text && text != _alone[request.Body])
            {
                _faults.Add($"{Shown(request)}: '{text}' instead of '{_alone[request.Body]}'");
            }
        }
        else if (answer.Contains("fault of fusesharp", StringComparison.Ordinal) || answer.Contains("System.", StringComparison.Ordinal) || answer.Contains("FuseSharp.", StringComparison.Ordinal))
        {
            _faults.Add($"{Shown(request)}: {answer}");
        }
    }

    // Where the queue is full it asks again, as it is told to.
    private static async Task<(int Status, string Answer)> PostAsync(HttpClient client, LoadRequest request, CancellationToken cancellation)
    {
        while (true)
        {
            using var response = await client.PostAsync(request.Path, new StringContent(request.Body, Encoding.UTF8, "application/json"), cancellation);
            string answer = await response.Content.ReadAsStringAsync(cancellation);
            if ((int)response.StatusCode != TooMany)
            {
                return ((int)response.StatusCode, answer);
            }

            await Task.Delay(50, cancellation);
        }
    }

    // Some at once, some in the middle of their answer.
    private static async Task LeaveAsync(HttpClient client, LoadRequest request, Random random, CancellationToken cancellation)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        leaving.CancelAfter(random.Next(200));
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Post, request.Path) { Content = new StringContent(request.Body, Encoding.UTF8, "application/json") };
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
            await response.Content.ReadAsStringAsync(leaving.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It has hung up.
        }
    }

    private async Task SendHalfAsync(LoadRequest request, Random random, CancellationToken cancellation)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, cancellation);
        byte[] whole = Encoding.UTF8.GetBytes($"POST /{request.Path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{request.Body}");
        await socket.GetStream().WriteAsync(whole.AsMemory(0, random.Next(Math.Min(whole.Length, 400))), cancellation);
        await Task.Delay(random.Next(200), cancellation);
    }

    private async Task WatchHealthAsync(CancellationToken ended)
    {
        while (!ended.IsCancellationRequested)
        {
            var clock = Stopwatch.StartNew();
            try
            {
                // A connection of its own each time: one that is open already would not tell whether others get in.
                using var client = new HttpClient { BaseAddress = address };
                using var response = await client.GetAsync("health", CancellationToken.None);
                response.EnsureSuccessStatusCode();
                HealthChecks++;
                SlowestHealth = clock.Elapsed > SlowestHealth ? clock.Elapsed : SlowestHealth;
                await Task.Delay(20, ended);
            }
            catch (HttpRequestException fault)
            {
                _faults.Add($"health: {fault.Message}");
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static string Shown(LoadRequest request) => request.Body.Length > 200 ? request.Body[..200] + "…" : request.Body;
}
