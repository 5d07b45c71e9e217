using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Endpoints;
using FuseSharp.Fusion.Records;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using Microsoft.AspNetCore.Http;

namespace FuseSharp.EndToEnd.Tests.Served;

/// <summary>Represent against servers of each protocol, good ones and bad ones.</summary>
public sealed class ServedProtocolTests : IAsyncLifetime
{
    private readonly ScratchFolder _folder = new();
    private readonly List<string> _lines = [];
    private readonly HeardProgress _heard;
    private readonly EndpointLimits _limits = new() { FirstDelay = TimeSpan.FromMilliseconds(1), MostRetries = 2 };
    private ITokenizer _tokenizer = null!;

    public ServedProtocolTests() => _heard = new(_lines);

    private static string Tokenizer => DemoModels.Path("web");

    public async ValueTask InitializeAsync()
    {
        _tokenizer = TokenizerFolder.Load(Tokenizer);
        File.WriteAllLines(_folder.At("texts.jsonl"), Enumerable.Range(0, 12).Select(i => JsonSerializer.Serialize(new { text = $"Document {i} says: {string.Concat(Enumerable.Repeat("the socket closes. ", i))}" })));
        await CommandRun.SucceedAsync("split", "--models", Tokenizer, "--texts", $"t={_folder.At("texts.jsonl")}", "--validation", $"t={_folder.At("texts.jsonl")}",
            "--set", "split.max_length=256", "--set", "split.documents_per_shard=4", "--output", _folder.At("split"));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("vllm", EndpointProtocol.Auto)]
    [InlineData("sglang", EndpointProtocol.Auto)]
    [InlineData("completions", EndpointProtocol.Auto)]
    [InlineData("vllm", EndpointProtocol.Vllm)]
    [InlineData("sglang", EndpointProtocol.Sglang)]
    [InlineData("completions", EndpointProtocol.Completions)]
    public async Task Represent_AnyProtocol_RowsAreWhatTheServerSays(string protocol, EndpointProtocol named)
    {
        await using var server = await StartAsync(protocol);

        var manifest = Run(server, named);

        CheckRows(server, k: 4);
        Assert.Equal(protocol, JsonNode.Parse(File.ReadAllText(_folder.At("rows/endpoint.json")))!["protocol"]!.GetValue<string>());
        Assert.Equal(12, manifest.Figures["pieces"]);
        // What is sent are ids, never a text; and nothing is asked twice.
        var prompts = server.Asked.Where(a => a.Path == (protocol == "sglang" ? "/generate" : "/v1/completions")).Select(a => a.Body).ToList();
        Assert.All(prompts, b => Assert.Equal(JsonValueKind.Array, b.GetProperty(protocol == "sglang" ? "input_ids" : "prompt").ValueKind));
        Assert.DoesNotContain(_lines, l => l.Contains("asked again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Represent_ServerThatNamesTextsOnly_TokensAreToldByTheirTexts()
    {
        await using var server = await StartAsync("completions", s => s.With(_tokenizer.Vocabulary.Count, TextOf, namesIds: false));

        Run(server);

        CheckRows(server, k: 4, unique: id => TokensOf(TextOf(id)) == 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Represent_ServerThatNamesFewer_SaysSoOnceAndIsUsed(bool silently)
    {
        await using var server = await StartAsync("vllm", s => s.With(_tokenizer.Vocabulary.Count, TextOf, mostCandidates: 3, cutsSilently: silently));

        Run(server, topK: 8);

        CheckRows(server, k: 3, width: 8);
        Assert.Single(_lines, l => l.Contains("names 3 candidates of a token at most, fewer than represent.top_k, 8", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Represent_AnswersInAnyOrder_GiveTheSameBytes()
    {
        await using var one = await StartAsync("vllm");
        Run(one, output: "one", requests: 1);
        var first = new TaskCompletionSource();
        await using var server = await StartAsync("vllm");
        int waiting = 0;
        server.Instead = async (_, body, number) =>
        {
            // Behind the handshake every second question waits until a later one has come.
            if (number > 6 && Interlocked.Increment(ref waiting) % 2 == 1)
            {
                await first.Task.WaitAsync(TimeSpan.FromMinutes(1));
            }
            else if (number > 6)
            {
                first.TrySetResult();
            }

            return false;
        };

        Run(server, output: "many", requests: 8);

        Assert.Equal(Shards("one"), Shards("many"));
    }

    [Fact]
    public async Task Represent_OtherModelBehindTheSameName_IsNoticedAndMadeAgain()
    {
        await using var server = await StartAsync("vllm");
        string key = Run(server).Key;
        server.Change = answer => answer;
        server.Shift = 0.01; // rounding: batches of other sizes

        Assert.Equal(key, Run(server).Key);
        Assert.Contains(_lines, l => l.EndsWith("rows: up to date", StringComparison.Ordinal));

        server.Shift = 0.2;
        var again = Run(server);

        Assert.NotEqual(key, again.Key);
        Assert.Contains(_lines, l => l.EndsWith("rows: again, because model changed", StringComparison.Ordinal));
        CheckRows(server, k: 4);
        Assert.Equal(again.Key, Run(server).Key);
    }

    [Fact]
    public async Task Represent_FinishedAndTheServerGone_IsKept()
    {
        var server = await StartAsync("sglang");
        string key = Run(server).Key;
        await server.DisposeAsync();

        Assert.Equal(key, Run(server, endpoint: new Uri("http://127.0.0.1:9/v1")).Key);

        Assert.Contains(_lines, l => l.StartsWith("model: its finished representations are kept, though the server cannot be asked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Represent_AnotherPortOfTheSameModel_IsUpToDate()
    {
        await using var first = await StartAsync("vllm");
        await using var second = await StartAsync("vllm");

        Assert.Equal(Run(first).Key, Run(second).Key);
    }

    [Fact]
    public async Task Represent_PartsOfTwoMachines_AreOneStore()
    {
        await using var server = await StartAsync("vllm");
        Run(server, output: "whole");
        for (int i = 0; i < 2; i++)
        {
            EndpointStage.Run(ModelAt(server.Endpoint), _folder.At("split"), 256, new RepresentOptions { TopK = 4 }, new StageOutput(_folder.At("parts")) { Part = MachinePart.Parse($"{i}/2") }, Context, _limits);
            server.Shift = 0.001; // another machine's rounding
        }

        Assert.Equal(Manifest.Read(_folder.At("whole")).Key, Manifest.Read(_folder.At("parts")).Key);
        Assert.Equal(12, Manifest.Read(_folder.At("parts")).Figures["pieces"]);
    }

    [Fact]
    public async Task Represent_ThreeRanks_MakeTheStoreOfOneProcess()
    {
        await using var server = await StartAsync("vllm");
        Run(server, output: "whole");

        ThreadProcessGroup.Run(3, ranks => EndpointStage.Run(ModelAt(server.Endpoint), _folder.At("split"), 256, new RepresentOptions { TopK = 4 }, _folder.At("ranks"), StageContext.Silent with { Ranks = ranks }, _limits));

        Assert.Equal(DataStages.Files(_folder.At("whole")), DataStages.Files(_folder.At("ranks")));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    [InlineData(500)]
    public async Task Represent_WhatCanPass_IsAskedAgain(int status)
    {
        await using var server = await StartAsync("vllm");
        server.Instead = (context, _, number) => Refuse(context, number is 2 or 9 ? status : 0);

        Run(server);

        CheckRows(server, k: 4);
        Assert.Equal(2, _lines.Count(l => l.Contains($"answers {status} (", StringComparison.Ordinal) && l.Contains("asked again in ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Represent_ConnectionCutInTheMiddle_IsAskedAgain()
    {
        await using var server = await StartAsync("vllm");
        server.Instead = async (context, _, number) =>
        {
            if (number != 8)
            {
                return false;
            }

            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{\"choices\": [");
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };

        Run(server);

        CheckRows(server, k: 4);
        Assert.Single(_lines, l => l.Contains("cannot be reached (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Represent_StoppedInTheMiddle_GoesOnAndEndsWithTheSameBytes()
    {
        await using var server = await StartAsync("vllm");
        Run(server, output: "whole", requests: 1);
        int asked = server.Asked.Count;
        using var stop = new CancellationTokenSource();
        server.Instead = (_, _, number) =>
        {
            if (number == asked + 6 + 7)
            {
                stop.Cancel(); // in the second of three shards
            }

            return Task.FromResult(false);
        };
        Assert.ThrowsAny<OperationCanceledException>(() => EndpointStage.Run(ModelAt(server.Endpoint), _folder.At("split"), 256, new RepresentOptions { TopK = 4, Requests = 1 }, _folder.At("stopped"), new StageContext(_heard, stop.Token), _limits));
        int until = server.Asked.Count;

        Run(server, output: "stopped", requests: 3);

        Assert.Equal(Shards("whole"), Shards("stopped"));
        Assert.Equal(File.ReadAllText(_folder.At("whole/manifest.json")), File.ReadAllText(_folder.At("stopped/manifest.json")));
        Assert.InRange(server.Asked.Count - until, 1, asked - 4); // the first shard is not asked for again
    }

    [Fact]
    public async Task Represent_Key_ComesFromTheEnvironmentAndIsNowhereElse()
    {
        await using var server = await StartAsync("vllm");

        var ended = await FusesharpProcess.RunWithAsync(EndpointModel.KeyVariable, "k-secret", "represent", "--endpoint", server.Endpoint.ToString(), "--served-model", "org/model", "--tokenizer", Tokenizer, "--texts", _folder.At("split"), "--output", _folder.At("rows"));

        Assert.True(ended.ExitCode == 0, ended.Errors);
        Assert.All(server.Asked, a => Assert.Equal("Bearer k-secret", a.Authorization));
        Assert.DoesNotContain("k-secret", ended.Output + ended.Errors, StringComparison.Ordinal);
        Assert.All(Directory.EnumerateFiles(_folder.At("rows")), f => Assert.DoesNotContain("k-secret", File.ReadAllText(f), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("401", "answers 401: no key Put its key into the environment's FUSESHARP_ENDPOINT_KEY.")]
    [InlineData("302", "sends to another address, http://elsewhere.example/v1/completions, which is not followed")]
    [InlineData("404 model", "gives no log-probabilities of a prompt's tokens for the model 'org/model' (vllm: 404 ")]
    [InlineData("html", "(vllm: it is no JSON that can be read: <html>")]
    [InlineData("nothing", "'choices' is missing")]
    [InlineData("deep", "it is no JSON that can be read")]
    [InlineData("short", "'choices[0].prompt_logprobs' has 3 entries, expected ")]
    [InlineData("nan", "it is no JSON that can be read")]
    [InlineData("positive", ".logprob' is 0.5, expected a log-probability, which is at most 0")]
    [InlineData("text id", "has the key 'the', expected a token id")]
    [InlineData("large id", "expected ids of a vocabulary of ")]
    [InlineData("missing", "' does not hold token ")]
    [InlineData("logits", "add up to ")]
    [InlineData("other tokenizer", "of a probe) as 'other', the tokenizer in '")]
    [InlineData("too long", "refuses a text of ")]
    [InlineData("endless", "answers with more than ")]
    [InlineData("silent", "gives no whole answer in 0.001 minutes")]
    [InlineData("gone", "cannot be reached: ")]
    public async Task Represent_BadServer_IsRefusedInOneLine(string fault, string expected)
    {
        await using var server = await StartAsync("vllm");
        var never = new TaskCompletionSource();
        Misbehave(server, fault, never.Task);
        var limits = fault == "silent" ? _limits with { Patience = TimeSpan.FromMilliseconds(60), MostRetries = 1 } : _limits;
        var endpoint = fault == "gone" ? new Uri("http://127.0.0.1:9/v1") : server.Endpoint;

        var refused = Assert.Throws<UsageException>(() => EndpointStage.Run(ModelAt(endpoint), _folder.At("split"), 256, new RepresentOptions { TopK = 4 }, _folder.At("rows"), Context, limits));

        never.SetResult();
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith($"The server at {endpoint}/ ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.False(Directory.Exists(_folder.At("rows")));
    }

    private static void Misbehave(DocumentedServer server, string fault, Task never)
    {
        async Task<bool> Say(HttpContext context, int status, string text, string? location = null)
        {
            context.Response.StatusCode = status;
            if (location is not null)
            {
                context.Response.Headers.Location = location;
            }

            await context.Response.WriteAsync(text);
            return true;
        }

        Func<JsonObject, JsonArray> places = answer => answer["choices"]![0]!["prompt_logprobs"]!.AsArray();
        void Entry(Action<JsonObject> change) => server.Change = answer =>
        {
            change(places(answer.AsObject())[3]!.AsObject());
            return answer;
        };
        void Instead(Func<HttpContext, int, Task<bool>> answer) => server.Instead = (context, _, number) => answer(context, number);
        switch (fault)
        {
            case "401": Instead((c, _) => Say(c, 401, "no key")); break;
            case "302": Instead((c, _) => Say(c, 302, "", "http://elsewhere.example/v1/completions")); break;
            case "404 model": Instead((c, _) => Say(c, 404, """{"error": {"message": "The model `org/model` does not exist."}}""")); break;
            case "html": Instead((c, _) => Say(c, 200, "<html>\n<body>a proxy</body></html>")); break;
            case "nothing": server.Change = _ => new JsonObject(); break;
            case "deep": Instead((c, _) => Say(c, 200, new string('[', 100_000))); break;
            case "short":
                server.Change = answer =>
                {
                    while (places(answer.AsObject()).Count > 3)
                    {
                        places(answer.AsObject()).RemoveAt(3);
                    }

                    return answer;
                };
                break;
            case "nan": Instead((c, _) => Say(c, 200, """{"choices": [{"prompt_logprobs": [null, {"1": {"logprob": NaN}}]}]}""")); break;
            case "positive": Entry(e => e.First().Value!["logprob"] = 0.5); break;
            case "text id": Entry(e => e["the"] = new JsonObject { ["logprob"] = -1 }); break;
            case "large id": Behind(server, () => Entry(e => e["2000000"] = new JsonObject { ["logprob"] = -9 })); break;
            case "missing": Behind(server, () => Entry(e => e.Clear())); break;
            case "logits": Behind(server, () => Entry(e => Set(e, "logprob", JsonValue.Create(-0.1)))); break;
            case "other tokenizer": Entry(e => Set(e, "decoded_token", JsonValue.Create("other"))); break;
            case "too long": Instead((c, number) => number > 6 ? Say(c, 400, """{"error": {"message": "This model's maximum context length is 16 tokens."}}""") : Task.FromResult(false)); break;
            case "endless":
                Instead(async (c, _) =>
                {
                    string piece = new(' ', 1 << 20);
                    while (!c.RequestAborted.IsCancellationRequested)
                    {
                        await c.Response.WriteAsync(piece);
                    }

                    return true;
                });
                break;
            case "silent":
                Instead(async (_, _) =>
                {
                    await never;
                    return true;
                });
                break;
        }
    }

    private static void Set(JsonObject place, string member, JsonValue value)
    {
        foreach (var (_, candidate) in place)
        {
            candidate![member] = value.DeepClone();
        }
    }

    // After the handshake.
    private static void Behind(DocumentedServer server, Action change) => server.Instead = (_, _, number) =>
    {
        if (number == 7)
        {
            change();
        }

        return Task.FromResult(false);
    };

    private static async Task<bool> Refuse(HttpContext context, int status)
    {
        if (status != 0)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync("later");
        }

        return status != 0;
    }

    private StageContext Context => new(_heard, TestContext.Current.CancellationToken);

    private string TextOf(int id) => _tokenizer.TextOf(id) is { Length: > 0 } text ? System.Text.Encoding.UTF8.GetString(text.Span) : _tokenizer.Vocabulary[id];

    private int TokensOf(string text) => Enumerable.Range(0, _tokenizer.Vocabulary.Count).Count(id => TextOf(id) == text);

    private Task<DocumentedServer> StartAsync(string protocol, Func<DocumentedServer, DocumentedServer>? make = null)
        => DocumentedServer.StartAsync(protocol, make ?? (s => s.With(_tokenizer.Vocabulary.Count, TextOf)));

    private static EndpointModel ModelAt(Uri endpoint, EndpointProtocol protocol = EndpointProtocol.Auto) => new(endpoint, "org/model", Tokenizer) { Protocol = protocol };

    private Manifest Run(DocumentedServer server, EndpointProtocol protocol = EndpointProtocol.Auto, int topK = 4, string output = "rows", int requests = 8, Uri? endpoint = null)
        => EndpointStage.Run(ModelAt(endpoint ?? server.Endpoint, protocol), _folder.At("split"), 256, new RepresentOptions { TopK = topK, Requests = requests }, _folder.At(output), Context, _limits);

    private IEnumerable<(string, string)> Shards(string output) => DataStages.Files(_folder.At(output)).Where(f => f.Key.EndsWith(".parquet", StringComparison.Ordinal)).Select(f => (f.Key, f.Value));

    // By the made-up model's own formula: after a come a + 1, a + 2, …
    private void CheckRows(DocumentedServer server, int k, int? width = null, Func<int, bool>? unique = null)
    {
        int rows = 0;
        foreach (var piece in RepresentationFiles.Read(_folder.At("rows")))
        {
            for (int t = 0; t + 1 < piece.Ids.Length; t++, rows++)
            {
                Assert.Equal(-server.Own(piece.Ids, t + 1), piece.CrossEntropies[t], 0.02);
                for (int i = 0; i < (width ?? k); i++)
                {
                    int place = (t * (width ?? k)) + i;
                    int expected = i < k ? (piece.Ids[t] + i + 1) % server.Vocabulary : -1;
                    if (unique is null || (expected >= 0 && unique(expected) && Enumerable.Range(1, k).All(j => unique((piece.Ids[t] + j) % server.Vocabulary)) && unique(piece.Ids[t + 1])))
                    {
                        Assert.Equal(expected, piece.Logits.Indices[place]);
                        Assert.Equal(i < k ? -((i + 1) * Math.Log(2)) - server.Shift : 0, i < k ? (double)piece.Logits.Logits[place] : 0, 0.003);
                    }
                }
            }
        }

        Assert.InRange(rows, 100, 10_000);
    }
}
