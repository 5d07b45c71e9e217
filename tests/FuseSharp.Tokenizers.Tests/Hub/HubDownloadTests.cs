using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Progress;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Hub;

namespace FuseSharp.Tokenizers.Tests.Hub;

/// <summary>Fetching from a server that speaks the Hub's protocol, and breaks, refuses and lies.</summary>
public sealed class HubDownloadTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly Random _random = new(7);
    private readonly Dictionary<string, byte[]> _files;

    public HubDownloadTests()
    {
        byte[] Bytes(int count)
        {
            byte[] bytes = new byte[count];
            _random.NextBytes(bytes);
            return bytes;
        }

        string index = JsonSerializer.Serialize(new { weight_map = new Dictionary<string, string> { ["a"] = "model-00001-of-00002.safetensors", ["b"] = "model-00002-of-00002.safetensors" } });
        _files = new Dictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["config.json"] = "{\"model_type\": \"llama\"}"u8.ToArray(),
            ["tokenizer.json"] = Bytes(30_000),
            ["README.md"] = "# Tiny"u8.ToArray(),
            ["modeling_tiny.py"] = "import os"u8.ToArray(),
            ["model.safetensors.index.json"] = Encoding.UTF8.GetBytes(index),
            ["model-00001-of-00002.safetensors"] = Bytes(900_000),
            ["model-00002-of-00002.safetensors"] = Bytes(500_000),
            ["consolidated.safetensors"] = Bytes(10),
            ["pytorch_model.bin"] = Bytes(10),
            ["model.onnx"] = Bytes(10),
        };
    }

    private string Cache => _folder.At("hub");

    private string Repository => Path.Combine(Cache, "models--acme--tiny");

    private string Snapshot => Path.Combine(Repository, "snapshots", HubServer.Commit);

    public void Dispose() => _folder.Dispose();

    private HubOptions Options(HubServer server) => new() { Endpoint = server.Endpoint, Cache = Cache, FirstDelay = TimeSpan.FromMilliseconds(1), Patience = TimeSpan.FromMinutes(1) };

    private static Task<string> FetchAsync(HubOptions options, string name = "acme/tiny", HubContents contents = HubContents.Model, IProgressReporter? progress = null)
        => HubDownload.FetchAsync(name, contents, options, progress, TestContext.Current.CancellationToken);

    private void AssertWhole(string snapshot, params string[] names)
    {
        Assert.Equal(names.Order(StringComparer.Ordinal), Directory.EnumerateFiles(snapshot).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.All(names, n => Assert.Equal(_files[n], File.ReadAllBytes(Path.Combine(snapshot, n))));
        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(Repository, "blobs")), f => f.EndsWith(".incomplete", StringComparison.Ordinal));
    }

    private static readonly string[] _whole = ["config.json", "tokenizer.json", "README.md", "model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

    [Theory]
    [InlineData("acme/tiny", "refs/main")]
    [InlineData("acme/tiny@refs/pr/1", "refs/refs/pr/1")]
    [InlineData("acme/tiny@" + HubServer.Commit, null)]
    public async Task Fetch_AModel_LaysItOutAsHuggingFaceDoes(string name, string? reference)
    {
        using var server = new HubServer(_files) { Strangers = ["../../evil.json", "/etc/config.json", "sub\\tokenizer.json", "original/config.json", "CON"] };

        string snapshot = await FetchAsync(Options(server), name);

        Assert.Equal(Snapshot, snapshot);
        AssertWhole(snapshot, _whole);
        Assert.All(_whole, n => Assert.Equal(Path.Combine("..", "..", "blobs", HubServer.EtagOf(n, _files[n])), new FileInfo(Path.Combine(snapshot, n)).LinkTarget));
        string[] references = Directory.Exists(Path.Combine(Repository, "refs")) ? Directory.GetFiles(Path.Combine(Repository, "refs"), "*", SearchOption.AllDirectories) : [];
        Assert.Equal(reference is null ? null : Path.Combine(Repository, reference), references.SingleOrDefault());
        Assert.Equal(snapshot, HubCache.Resolve(name, Cache));
    }

    [Fact]
    public async Task Fetch_OnlyTheTokenizer_LeavesTheWeights_ThenCompletesIt()
    {
        using var server = new HubServer(_files);

        AssertWhole(await FetchAsync(Options(server), contents: HubContents.Tokenizer), "config.json", "tokenizer.json");
        int before = server.Requests.Count(r => r.Path.EndsWith("tokenizer.json", StringComparison.Ordinal));

        AssertWhole(await FetchAsync(Options(server)), _whole);
        Assert.Equal(before, server.Requests.Count(r => r.Path.EndsWith("tokenizer.json", StringComparison.Ordinal)));
        server.Requests.Clear();

        AssertWhole(await FetchAsync(Options(server)), _whole);
        var asked = Assert.Single(server.Requests);
        Assert.EndsWith("/revision/" + HubServer.Commit, asked.Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_ConnectionsThatBreakAnywhere_AreContinued()
    {
        using var server = new HubServer(_files);
        var random = new Random(3);
        server.CutAfter = r => r.IsStorage ? random.Next(1, 200_000) : null;

        AssertWhole(await FetchAsync(Options(server)), _whole);

        Assert.Contains(server.Requests, r => r.From > 0);
        long[] starts = [.. server.Requests.Where(r => r.IsStorage && r.Path.EndsWith("00001-of-00002.safetensors", StringComparison.Ordinal)).Select(r => r.From)];
        Assert.Equal(starts.Order(), starts);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // the same bytes again and again
    public async Task Fetch_ConnectionsThatNeverGetOn_AreTriedSixTimes(bool hasRanges)
    {
        using var server = new HubServer(_files) { HasRanges = hasRanges };
        server.CutAfter = r => !r.IsStorage ? null : hasRanges && r.From > 0 ? 0 : 4096;

        var refusal = await Assert.ThrowsAsync<UsageException>(() => FetchAsync(Options(server)));

        Assert.Contains("127.0.0.1", refusal.Message, StringComparison.Ordinal);
        Assert.InRange(server.Requests.Count(r => r.IsStorage && r.Path.EndsWith("00001-of-00002.safetensors", StringComparison.Ordinal)), 6, 9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(123_457)]
    [InlineData(900_000)]
    [InlineData(900_001)]
    public async Task Fetch_WhatAnEarlierProcessLeft_IsContinued(int left)
    {
        using var server = new HubServer(_files);
        byte[] whole = _files["model-00001-of-00002.safetensors"];
        Directory.CreateDirectory(Path.Combine(Repository, "blobs"));
        File.WriteAllBytes(Path.Combine(Repository, "blobs", HubServer.EtagOf("model-00001-of-00002.safetensors", whole) + ".incomplete"), whole.Append((byte)7).Take(left).ToArray());

        AssertWhole(await FetchAsync(Options(server)), _whole);

        long[] starts = [.. server.Requests.Where(r => r.IsStorage && r.Path.EndsWith("00001-of-00002.safetensors", StringComparison.Ordinal)).Select(r => r.From)];
        long[] expected = left == 900_000 ? [] : [left > 900_000 ? 0 : left];
        Assert.Equal(expected, starts);
    }

    [Fact]
    public async Task Fetch_FromAServerWithoutRanges_BeginsAnew()
    {
        using var server = new HubServer(_files) { HasRanges = false };
        int cuts = 0;
        server.CutAfter = r => r.IsStorage && cuts++ < 2 ? 50_000 : null;

        AssertWhole(await FetchAsync(Options(server)), _whole);
    }

    [Fact]
    public async Task Fetch_WhatWasLeftOfOtherBytes_IsThrownAway()
    {
        using var server = new HubServer(_files);
        Directory.CreateDirectory(Path.Combine(Repository, "blobs"));
        File.WriteAllBytes(Path.Combine(Repository, "blobs", HubServer.EtagOf("tokenizer.json", _files["tokenizer.json"]) + ".incomplete"), new byte[100]);

        var fault = await Assert.ThrowsAsync<ModelException>(() => FetchAsync(Options(server)));

        Assert.StartsWith("'tokenizer.json' as it came has the checksum ", fault.Message, StringComparison.Ordinal);
        Assert.Equal("acme/tiny", HubCache.Resolve("acme/tiny", Cache));
        AssertWhole(await FetchAsync(Options(server)), _whole); // once more, as the message says
    }

    [Theory]
    [InlineData(-5, "'model-00001-of-00002.safetensors' comes with 899,995 bytes or more, the Hub announced 900,000. What came is thrown away: run the command again.")]
    [InlineData(5, "'model-00001-of-00002.safetensors' comes with 900,005 bytes or more, the Hub announced 900,000. What came is thrown away: run the command again.")]
    public async Task Fetch_AnotherLengthThanAnnounced_IsThrownAway(int more, string message)
    {
        using var server = new HubServer(_files);
        server.Answer = r => r is { IsStorage: true } && r.Path.Contains("00001-of", StringComparison.Ordinal) ? new HubAnswer(200, more > 0 ? [.. _files["model-00001-of-00002.safetensors"], .. new byte[more]] : _files["model-00001-of-00002.safetensors"][..^-more]) : null;
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            Assert.Equal(message, (await Assert.ThrowsAsync<ModelException>(() => FetchAsync(Options(server)))).Message);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        Assert.DoesNotContain(Directory.EnumerateFiles(Path.Combine(Repository, "blobs")), f => f.EndsWith(".incomplete", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Snapshot));
    }

    [Fact]
    public async Task Fetch_WithAToken_SendsItToTheHubAlone()
    {
        using var server = new HubServer(_files);

        await FetchAsync(Options(server) with { Token = "hf_secret" });

        Assert.All(server.Requests, r => Assert.Equal(r.IsStorage ? null : "Bearer hf_secret", r.Authorization));
        Assert.Contains(server.Requests, r => r.IsStorage);
    }

    [Theory]
    [InlineData(403, "GatedRepo", "Access to model acme/tiny is restricted.", null, "does not give 'acme/tiny' to everyone (403: Access to model acme/tiny is restricted). Accept its conditions at ")]
    [InlineData(401, "RepoNotFound", "Repository not found", null, "There is no 'acme/tiny' at ")]
    [InlineData(404, "RepoNotFound", null, "hf_secret", "or not for this token (404). Correct the name.")]
    [InlineData(403, null, null, "hf_secret", "does not give 'acme/tiny' to this token (403). Correct HF_TOKEN, or ask for access at ")]
    [InlineData(400, null, "Odd", null, "refuses 'acme/tiny' (400: Odd). Try again later; what has been fetched is kept.")]
    public async Task Fetch_WhatIsRefused_SaysWhatToDo(int status, string? code, string? said, string? token, string expected)
    {
        using var server = new HubServer(_files);
        server.Answer = _ =>
        {
            var answer = new HubAnswer(status, []);
            foreach (var (header, value) in new[] { ("X-Error-Code", code), ("X-Error-Message", said) })
            {
                if (value is not null)
                {
                    answer.Headers[header] = value;
                }
            }

            return answer;
        };

        var fault = await Assert.ThrowsAsync<UsageException>(() => FetchAsync(Options(server) with { Token = token }));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_ARevisionThatIsNotThere_SaysSo()
    {
        using var server = new HubServer(_files);

        var fault = await Assert.ThrowsAsync<UsageException>(() => FetchAsync(Options(server), "acme/tiny@v9"));

        Assert.Equal($"'acme/tiny' has no revision 'v9' at {server.Endpoint} (404: Invalid rev id: v9). Correct the part behind '@'.", fault.Message);
    }

    [Fact]
    public async Task Fetch_WhileTheServerIsUnderLoad_WaitsAsItAsks()
    {
        using var server = new HubServer(_files);
        var asked = new HashSet<HubRequest>(); // each is refused once
        server.Answer = r => asked.Add(r) ? new HubAnswer(asked.Count % 3 == 0 ? 503 : 429, []) { Headers = { ["Retry-After"] = "0" } } : null;
        var said = new SaidLines();

        AssertWhole(await FetchAsync(Options(server), progress: said), _whole);

        Assert.Contains("127.0.0.1 answers 429: tried again in 0 s (1 of 6).", said.Lines);
    }

    [Fact]
    public async Task Fetch_FromAServerThatNeverRecovers_GivesUp()
    {
        using var server = new HubServer(_files);
        server.Answer = r => r.IsStorage ? new HubAnswer(500, []) : null;

        var fault = await Assert.ThrowsAsync<UsageException>(() => FetchAsync(Options(server)));

        Assert.Equal($"{server.Endpoint} cannot be reached for 'acme/tiny': answers 500. Check the connection (HTTPS_PROXY, HF_ENDPOINT); the same command goes on where it stopped.", fault.Message);
        Assert.Equal(7, server.Requests.Count(r => r.IsStorage));
    }

    [Fact]
    public async Task Fetch_Offline_AsksNobody()
    {
        using var server = new HubServer(_files);
        var offline = Options(server) with { IsOffline = true };

        var fault = await Assert.ThrowsAsync<UsageException>(() => FetchAsync(offline));
        Assert.Equal($"'acme/tiny' is not in the cache of Hugging Face, '{Cache}', and HF_HUB_OFFLINE forbids to fetch it. Unset the variable, or name the model's folder.", fault.Message);
        Assert.Empty(server.Requests);

        await FetchAsync(Options(server));
        server.Requests.Clear();
        Assert.Equal(Snapshot, await FetchAsync(offline));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task Fetch_WhatTheCacheHas_OutOfReach_IsTakenWithAWarning()
    {
        var server = new HubServer(_files);
        await FetchAsync(Options(server));
        server.Dispose();
        var warnings = new ConcurrentBag<string>();
        Warnings.Raised += warnings.Add;
        try
        {
            Assert.Equal(Snapshot, await FetchAsync(Options(server)));
            Assert.Contains(warnings, w => w.EndsWith("'acme/tiny' is taken as the cache has it.", StringComparison.Ordinal));
            await Assert.ThrowsAsync<UsageException>(() => FetchAsync(Options(server), "acme/other"));
        }
        finally
        {
            Warnings.Raised -= warnings.Add;
        }
    }

    [Theory]
    [InlineData("../evil.safetensors", "expected a file's name without folders")]
    [InlineData("/tmp/evil.safetensors", "expected a file's name without folders")]
    [InlineData("a\\evil.safetensors", "expected a file's name without folders")]
    [InlineData("NUL.safetensors", "expected a file's name without folders")]
    [InlineData("evil.safetensors.", "expected a file's name without folders")]
    [InlineData("C:evil.safetensors", "expected a file's name without folders")]
    [InlineData("evil.safetensors", "which the repository does not have")]
    public async Task Fetch_AnIndexThatNamesOtherFiles_IsRefused(string named, string expected)
    {
        _files["model.safetensors.index.json"] = JsonSerializer.SerializeToUtf8Bytes(new { weight_map = new Dictionary<string, string> { ["a"] = named } });
        using var server = new HubServer(_files) { Strangers = named == "evil.safetensors" ? [] : [named] };

        var fault = await Assert.ThrowsAsync<ModelException>(() => FetchAsync(Options(server)));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ETag", "\"../../x\"", "'config.json' has the ETag '../../x', expected the SHA-256 of its bytes or git's SHA-1")]
    [InlineData("X-Linked-Size", "-1", "'config.json' has no length")]
    [InlineData("X-Repo-Commit", "ffffffffffffffffffffffffffffffffffffffff", "'config.json' is of commit 'ffffffffffffffffffffffffffffffffffffffff', expected " + HubServer.Commit)]
    [InlineData("X-Linked-Size", "9000000000000000000", "needs 9,000,000,000,0")]
    public async Task Fetch_FilesThatAreDescribedOddly_AreRefused(string header, string value, string expected)
    {
        using var server = new HubServer(_files);
        server.Answer = r => r.Method == "HEAD" && r.Path.EndsWith("/config.json", StringComparison.Ordinal)
            ? new HubAnswer(200, _files["config.json"]) { Headers = { ["ETag"] = header == "ETag" ? value : HubServer.EtagOf("config.json", _files["config.json"]), [header] = value } } : null;

        var fault = await Assert.ThrowsAsync<UsageException>(() => FetchAsync(Options(server)));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"sha\": \"../../../x\", \"siblings\": []}")]
    [InlineData("{\"sha\": 7}")]
    [InlineData("[]")]
    [InlineData("<html>")]
    public async Task Fetch_AListThatIsNone_IsRefused(string list)
    {
        using var server = new HubServer(_files);
        server.Answer = _ => new HubAnswer(200, Encoding.UTF8.GetBytes(list));

        var fault = await Assert.ThrowsAsync<UsageException>(() => FetchAsync(Options(server)));

        Assert.Contains("does not answer as the Hub does for 'acme/tiny': its list of files ", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model-Q4_K_M.gguf", "'acme/tiny' holds GGUF files without a config.json. Fetch one of them with 'hf download acme/tiny FILE', and name that file.")]
    [InlineData("unet.pt", "'acme/tiny' has neither config.json nor adapter_config.json: it is no model that is read here. Name another one.")]
    public async Task Fetch_WhatIsNoModel_SaysSo(string file, string message)
    {
        using var server = new HubServer(new Dictionary<string, byte[]> { [file] = [1] });

        Assert.Equal(message, (await Assert.ThrowsAsync<ModelException>(() => FetchAsync(Options(server)))).Message);
    }

    [Fact]
    public async Task Fetch_OneModelByTwoAtOnce_TakesEachFileOnce()
    {
        using var server = new HubServer(_files);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => FetchAsync(Options(server)))));

        AssertWhole(Snapshot, _whole);
        Assert.Equal(2, server.Requests.Count(r => r.IsStorage));
    }

    [Fact]
    public async Task Fetch_Cancelled_KeepsWhatCame()
    {
        using var server = new HubServer(_files);
        using var stop = new CancellationTokenSource();
        byte[] bytes = _files["model-00001-of-00002.safetensors"];
        server.Answer = r => r.IsStorage && r.From == 0 && !stop.IsCancellationRequested ? new HubAnswer(200, bytes)
        {
            BeforePiece = async at =>
            {
                if (at > 400_000)
                {
                    await stop.CancelAsync();
                }
            },
        } : null;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => HubDownload.FetchAsync("acme/tiny", HubContents.Model, Options(server), null, stop.Token));

        Assert.True(File.Exists(Path.Combine(Repository, "blobs", HubServer.EtagOf("model-00001-of-00002.safetensors", bytes) + ".incomplete")));
        Assert.False(Directory.Exists(Snapshot));
        AssertWhole(await FetchAsync(Options(server)), _whole);
    }

    [Fact]
    public async Task Fetch_AnAdapter_FetchesItsModelToo()
    {
        _files["adapter_config.json"] = "{\"base_model_name_or_path\": \"acme/tiny\", \"revision\": \"v9\"}"u8.ToArray();
        _files["adapter_model.safetensors"] = new byte[100];
        using var server = new HubServer(_files);

        var fault = await Assert.ThrowsAsync<UsageException>(() => FetchAsync(Options(server)));

        Assert.StartsWith("'acme/tiny' has no revision 'v9'", fault.Message, StringComparison.Ordinal);
        AssertWhole(Snapshot, "config.json", "tokenizer.json", "README.md", "adapter_config.json", "adapter_model.safetensors");
    }

    private sealed class SaidLines : IProgressReporter
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IProgressTask Start(string name, long total, string unit) => SilentProgress.Instance;

        public void Say(string line) => Lines.Enqueue(line);

        public void Result(string line) => Lines.Enqueue(line);
    }
}
