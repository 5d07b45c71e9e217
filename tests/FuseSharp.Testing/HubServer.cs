using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace FuseSharp.Testing;

/// <summary>A small server that speaks the Hub's protocol: one repository, whose large files lie on another port as the Hub's do. It may break, refuse and lie as a test wants.</summary>
public sealed class HubServer : IDisposable
{
    /// <summary>The commit of its repository.</summary>
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private const int PieceBytes = 4096;

    private readonly TcpListener _hub = new(IPAddress.Loopback, 0);
    private readonly TcpListener _storage = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();

    /// <param name="files">Contents by name; those that end with .safetensors or .bin are large ones.</param>
    public HubServer(IReadOnlyDictionary<string, byte[]> files)
    {
        Files = files;
        foreach (var listener in new[] { _hub, _storage })
        {
            listener.Start();
            _ = Task.Run(() => AcceptAsync(listener));
        }
    }

    /// <summary>A repository of the files of a folder.</summary>
    public static HubServer OfFolder(string folder) => new(Directory.EnumerateFiles(folder).ToDictionary(f => Path.GetFileName(f), File.ReadAllBytes));

    /// <summary>Contents by name.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    /// <summary>What the list names beside the files.</summary>
    public IReadOnlyList<string> Strangers { get; init; } = [];

    /// <summary>Answers instead, where it does not give null.</summary>
    public Func<HubRequest, HubAnswer?> Answer { get; set; } = _ => null;

    /// <summary>Bytes of a body after which a connection breaks; null for none.</summary>
    public Func<HubRequest, int?> CutAfter { get; set; } = _ => null;

    /// <summary>Whether ranges are honoured.</summary>
    public bool HasRanges { get; set; } = true;

    /// <summary>All requests, in their order.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    /// <summary>What HF_ENDPOINT is for it.</summary>
    public Uri Endpoint => new(FormattableString.Invariant($"http://127.0.0.1:{Port(_hub)}"));

    /// <summary>The checksum by which the Hub knows contents.</summary>
    public static string EtagOf(string file, byte[] bytes)
#pragma warning disable CA5350 // git's
        => Convert.ToHexStringLower(IsLarge(file) ? SHA256.HashData(bytes) : SHA1.HashData([.. Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {bytes.Length}\0")), .. bytes]));
#pragma warning restore CA5350

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _hub.Stop();
        _storage.Stop();
        _stop.Dispose();
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static bool IsLarge(string file) => file.EndsWith(".safetensors", StringComparison.Ordinal) || file.EndsWith(".bin", StringComparison.Ordinal);

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeAsync(client, listener == _storage));
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, bool isStorage)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                string[] line = (await reader.ReadLineAsync())!.Split(' ');
                var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
                while (await reader.ReadLineAsync() is { Length: > 0 } header)
                {
                    headers[header.Split(':', 2)[0]] = header.Split(':', 2)[1].Trim();
                }

                var request = new HubRequest(line[0], line[1], isStorage, headers.GetValueOrDefault("Authorization"), headers.GetValueOrDefault("Range") is { } range ? long.Parse(range.Split('=', '-')[1], CultureInfo.InvariantCulture) : 0);
                Requests.Enqueue(request);
                await WriteAsync(stream, request, Answer(request) ?? (isStorage ? Bytes(request, Path.GetFileName(request.Path)) : Hub(request)));
            }
            catch (Exception fault) when (fault is IOException or SocketException)
            {
                // The client has gone.
            }
        }
    }

    private HubAnswer Hub(HubRequest request)
    {
        string name = Path.GetFileName(request.Path);
        if (request.Path.Contains("/api/models/acme/tiny/revision/", StringComparison.Ordinal))
        {
            return name is "main" or Commit or "refs%2Fpr%2F1"
                ? new HubAnswer(200, JsonSerializer.SerializeToUtf8Bytes(new { sha = Commit, siblings = Files.Keys.Concat(Strangers).Select(f => new { rfilename = f }) }))
                : new HubAnswer(404, []) { Headers = { ["X-Error-Code"] = "RevisionNotFound", ["X-Error-Message"] = "Invalid rev id: " + name } };
        }

        if (!request.Path.StartsWith($"/acme/tiny/resolve/{Commit}/", StringComparison.Ordinal) || !Files.TryGetValue(name, out byte[]? bytes))
        {
            return new HubAnswer(404, []) { Headers = { ["X-Error-Code"] = "RepoNotFound" } };
        }

        var answer = IsLarge(name) ? new HubAnswer(302, []) { Headers = { ["Location"] = FormattableString.Invariant($"http://127.0.0.1:{Port(_storage)}/{name}"), ["X-Linked-Size"] = bytes.Length.ToString(CultureInfo.InvariantCulture), ["X-Linked-Etag"] = $"\"{EtagOf(name, bytes)}\"" } } : Bytes(request, name);
        answer.Headers["X-Repo-Commit"] = Commit;
        answer.Headers["ETag"] = IsLarge(name) ? "\"of-the-redirection\"" : $"W/\"{EtagOf(name, bytes)}\"";
        return answer;
    }

    private HubAnswer Bytes(HubRequest request, string name)
    {
        byte[] all = Files[name];
        return request.From == 0 || !HasRanges ? new HubAnswer(200, all)
            : request.From >= all.Length ? new HubAnswer(416, [])
            : new HubAnswer(206, all[(int)request.From..]) { Headers = { ["Content-Range"] = FormattableString.Invariant($"bytes {request.From}-{all.Length - 1}/{all.Length}") } };
    }

    private async Task WriteAsync(NetworkStream stream, HubRequest request, HubAnswer answer)
    {
        answer.Headers.TryAdd("Content-Length", answer.Body.Length.ToString(CultureInfo.InvariantCulture));
        answer.Headers["Connection"] = "close";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer.Status} OK\r\n{string.Concat(answer.Headers.Select(h => $"{h.Key}: {h.Value}\r\n"))}\r\n"));
        int end = Math.Min(CutAfter(request) ?? int.MaxValue, request.Method == "HEAD" ? 0 : answer.Body.Length);
        for (int at = 0; at < end; at += PieceBytes)
        {
            await answer.BeforePiece(at);
            await stream.WriteAsync(answer.Body.AsMemory(at, Math.Min(PieceBytes, end - at)));
        }

        await stream.FlushAsync();
        stream.Socket.Shutdown(SocketShutdown.Send);
    }
}
