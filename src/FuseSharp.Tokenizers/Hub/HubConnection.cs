using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Json;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>Speaks the Hub's public protocol for one model.</summary>
/// <remarks>Redirections are followed here, not by the client below: the token goes to the endpoint alone, and from https no way leads to http.</remarks>
internal sealed class HubConnection : IDisposable
{
    private const int MostRedirections = 10;
    private const int LargestList = 16 << 20;
    private const int CommitDigits = 40;

    private readonly HubOptions _options;
    private readonly HubName _name;
    private readonly HubRetries _retries;
    private readonly HttpClient _http;
    private bool _hasAnswered;

    /// <param name="options">Whom to ask, and as whom.</param>
    /// <param name="name">The model.</param>
    /// <param name="say">Gets a line before each retry.</param>
    public HubConnection(HubOptions options, HubName name, Action<string> say)
    {
        (_options, _name) = (options, name);
        _retries = new HubRetries(options, say);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = options.Patience }) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("FuseSharp", typeof(HubConnection).Assembly.GetName().Version!.ToString(3)));
        _http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity")); // lengths and ranges are of the file itself
        Errors = new HubErrors(options, name);
    }

    /// <summary>What is said of refusals.</summary>
    public HubErrors Errors { get; }

    /// <summary>The commit that a revision stands for, and the names of its files, of which nothing is known yet.</summary>
    /// <param name="revision">A branch, tag, reference or commit.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<(string Commit, IReadOnlySet<string> Names)> ListAsync(string revision, CancellationToken cancellation)
    {
        var address = At($"/api/models/{_name.Owner}/{_name.Name}/revision/{Uri.EscapeDataString(revision)}");
        byte[] text = await TryAsync(async () =>
        {
            using var answer = await SendAsync(HttpMethod.Get, address, 0, cancellation);
            return answer.IsSuccessStatusCode ? await ReadAsync(answer, cancellation) : throw Errors.Refused(answer);
        }, cancellation);
        try
        {
            var json = JsonFile.Parse(text);
            return json["sha"]?.GetValue<string>() is { Length: CommitDigits } commit && commit.All(char.IsAsciiHexDigitLower) && json["siblings"] is JsonArray files
                ? (commit, files.Select(f => f?["rfilename"]?.GetValue<string>()).OfType<string>().ToHashSet(StringComparer.Ordinal))
                : throw Errors.NotTheHub("its list of files has no commit ('sha', 40 digits) or no 'siblings'");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            throw Errors.NotTheHub($"its list of files is none ({LibraryErrors.OneLine(fault).TrimEnd('.')})");
        }
    }

    /// <summary>Length and checksum of a file.</summary>
    /// <param name="commit">Of the repository.</param>
    /// <param name="file">A safe name.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<HubFile> DescribeAsync(string commit, string file, CancellationToken cancellation)
    {
        var address = At($"/{_name.Owner}/{_name.Name}/resolve/{commit}/{Uri.EscapeDataString(file)}");
        using var answer = await TryAsync(() => SendAsync(HttpMethod.Head, address, 0, cancellation), cancellation);
        if (!answer.IsSuccessStatusCode && LocationOf(answer) is null)
        {
            throw Errors.Refused(answer);
        }

        string etag = (Header(answer, "X-Linked-Etag") ?? Header(answer, "ETag") ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"', ' ').ToLowerInvariant();
        long? length = Header(answer, "X-Linked-Size") is { } linked ? long.TryParse(linked, out long size) ? size : null : answer.Content.Headers.ContentLength;
        return Header(answer, "X-Repo-Commit") is { } other && other != commit ? throw Errors.NotTheHub($"'{file}' is of commit '{other}', expected {commit}")
            : !HubFile.IsChecksum(etag) ? throw Errors.NotTheHub($"'{file}' has the ETag '{LibraryErrors.OneLine(etag)}', expected the SHA-256 of its bytes or git's SHA-1")
            : length is not >= 0 ? throw Errors.NotTheHub($"'{file}' has no length")
            : new HubFile(file, length.Value, etag, address);
    }

    /// <summary>Asks for a file from one of its bytes on.</summary>
    /// <param name="file">The file.</param>
    /// <param name="from">The first byte, 0-based.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>Any answer but a redirection or one that asks for patience.</returns>
    /// <exception cref="PassingFault">The connection broke, or the server is under load.</exception>
    public Task<HttpResponseMessage> OpenAsync(HubFile file, long from, CancellationToken cancellation) => SendAsync(HttpMethod.Get, file.Address, from, cancellation);

    /// <summary>Reads some bytes of an answer.</summary>
    /// <returns>How many; 0 at the end.</returns>
    /// <exception cref="PassingFault">The connection broke.</exception>
    public Task<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellation) => PatientAsync(async stop => await body.ReadAsync(buffer, stop), cancellation);

    /// <summary>Bytes have come that had not come before: failures are counted anew.</summary>
    public void GetOn() => _retries.Succeed();

    /// <summary>Does something until it is done, refused, or has failed too often without getting on.</summary>
    public async Task<T> TryAsync<T>(Func<Task<T>> attempt, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var result = await attempt();
                _retries.Succeed();
                return result;
            }
            catch (PassingFault fault)
            {
                if (!fault.IsAfterContact || !await _retries.WaitAsync(fault.Message, fault.Wish, cancellation))
                {
                    throw Errors.OutOfReach(fault.Message, fault);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Uri At(string path) => new(_options.Endpoint.ToString().TrimEnd('/') + path);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long from, CancellationToken cancellation)
    {
        for (int hop = 0; hop <= MostRedirections; hop++)
        {
            using var request = new HttpRequestMessage(method, address);
            request.Headers.Range = from > 0 ? new RangeHeaderValue(from, null) : null;
            request.Headers.Authorization = _options.Token is { } token && IsSameOrigin(address, _options.Endpoint) ? new AuthenticationHeaderValue("Bearer", token) : null;
            var answer = await PatientAsync(stop => _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), cancellation);
            _hasAnswered = true;
            if (HubRetries.IsPassing(answer.StatusCode))
            {
                using (answer)
                {
                    throw new PassingFault($"answers {(int)answer.StatusCode}", isAfterContact: true, WishOf(answer.Headers.RetryAfter));
                }
            }

            // What is known of a file stands in the endpoint's own answer; another host only has its bytes.
            if (LocationOf(answer) is not { } location || (method == HttpMethod.Head && !IsSameOrigin(new Uri(address, location), address)))
            {
                return answer;
            }

            answer.Dispose();
            var next = new Uri(address, location);
            address = next.Scheme is "http" or "https" && (address.Scheme == "http" || next.Scheme == "https") ? next : throw Errors.NotTheHub($"it redirects to '{next.Scheme}://{next.Host}', expected https");
        }

        throw Errors.NotTheHub($"it redirects more than {MostRedirections} times");
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        using var body = await PatientAsync(answer.Content.ReadAsStreamAsync, cancellation);
        using var text = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = await ReadAsync(body, buffer, cancellation)) > 0;)
        {
            text.Write(buffer, 0, read);
            if (text.Length > LargestList)
            {
                throw Errors.NotTheHub($"its list of files has more than {LargestList >> 20} MiB");
            }
        }

        return text.ToArray();
    }

    private async Task<T> PatientAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_options.Patience);
        try
        {
            return await call(limit.Token);
        }
        catch (OperationCanceledException fault) when (!cancellation.IsCancellationRequested)
        {
            throw new PassingFault(FormattableString.Invariant($"says nothing for {_options.Patience.TotalSeconds:N0} s"), _hasAnswered, cause: fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new PassingFault($"breaks the connection ({LibraryErrors.OneLine(fault).TrimEnd('.')})", _hasAnswered, cause: fault);
        }
    }

    private static Uri? LocationOf(HttpResponseMessage answer)
        => answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect ? answer.Headers.Location : null;

    private static bool IsSameOrigin(Uri one, Uri other) => one.Scheme == other.Scheme && one.IdnHost == other.IdnHost && one.Port == other.Port;

    private static string? Header(HttpResponseMessage answer, string header) => answer.Headers.TryGetValues(header, out var values) ? string.Join(' ', values) : null;

    // A time to wait, or a moment.
    private static TimeSpan? WishOf(RetryConditionHeaderValue? header)
        => header?.Delta ?? (header?.Date - TimeProvider.System.GetUtcNow() is { } left ? TimeSpan.FromTicks(Math.Max(0, left.Ticks)) : null);
}
