using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace FuseSharp.EndToEnd.Tests.Served;

/// <summary>A server that answers in the forms that vLLM, SGLang and OpenAI document, as a made-up model of any ids: after token a comes a + 1 with probability ½, a + 2 with ¼, and so on. It may refuse, lie and break as a test wants.</summary>
internal sealed class DocumentedServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private DocumentedServer(WebApplication application, string protocol) => (_application, Protocol) = (application, protocol);

    /// <summary>Which it speaks: vllm, sglang or completions.</summary>
    public string Protocol { get; }

    /// <summary>Tokens of its vocabulary.</summary>
    public int Vocabulary { get; init; } = 258;

    /// <summary>Texts of tokens.</summary>
    public Func<int, string> TextOf { get; init; } = id => $"<{id}>";

    /// <summary>Added to the log-probability of each prompt's own tokens and the likeliest: another model.</summary>
    public double Shift { get; set; }

    /// <summary>Whether ids can be asked for in completions.</summary>
    public bool NamesIds { get; init; } = true;

    /// <summary>Most candidates that it names; it refuses more in vLLM's words.</summary>
    public int MostCandidates { get; init; } = int.MaxValue;

    /// <summary>Whether it names fewer without a word.</summary>
    public bool CutsSilently { get; init; }

    /// <summary>Does something else with a question, its number among all told; true where that is all.</summary>
    public Func<HttpContext, JsonElement, int, Task<bool>> Instead { get; set; } = (_, _, _) => Task.FromResult(false);

    /// <summary>Changes a good answer.</summary>
    public Func<JsonNode, JsonNode> Change { get; set; } = answer => answer;

    /// <summary>All questions with their paths and authorizations, in the order of their coming.</summary>
    public ConcurrentQueue<(string Path, JsonElement Body, string Authorization)> Asked { get; } = [];

    public Uri Endpoint => new(_application.Urls.First() + "/v1");

    public static async Task<DocumentedServer> StartAsync(string protocol, Func<DocumentedServer, DocumentedServer>? make = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var server = new DocumentedServer(builder.Build(), protocol);
        server = make?.Invoke(server) ?? server;
        server._application.Run(server.AnswerAsync);
        await server._application.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    public DocumentedServer With(int vocabulary = 258, Func<int, string>? textOf = null, bool namesIds = true, int mostCandidates = int.MaxValue, bool cutsSilently = false)
        => new(_application, Protocol) { Vocabulary = vocabulary, TextOf = textOf ?? TextOf, NamesIds = namesIds, MostCandidates = mostCandidates, CutsSilently = cutsSilently };

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var body = await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body);
        string path = context.Request.Path;
        Asked.Enqueue((path, body, context.Request.Headers.Authorization.ToString()));
        if (await Instead(context, body, Asked.Count))
        {
            return;
        }

        if (path != (Protocol == "sglang" ? "/generate" : "/v1/completions"))
        {
            context.Response.StatusCode = 404;
            await context.Response.WriteAsJsonAsync(new { detail = "Not Found" });
            return;
        }

        int asked = Protocol switch { "vllm" => Number(body, "prompt_logprobs"), "sglang" => Number(body, "top_logprobs_num"), _ => Number(body, "logprobs") };
        if (asked > MostCandidates && !CutsSilently)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(new { error = new { message = $"Requested prompt logprobs of {asked}, which is greater than max allowed: {MostCandidates} (parameter=prompt_logprobs, value={asked})", type = "BadRequestError", code = 400 } });
            return;
        }

        int[] ids = [.. body.GetProperty(Protocol == "sglang" ? "input_ids" : "prompt").EnumerateArray().Select(i => i.GetInt32())];
        int count = Math.Min(asked, MostCandidates);
        var answer = Protocol switch { "vllm" => Vllm(ids, count), "sglang" => Sglang(ids, count, body), _ => Completions(ids, count, body) };
        await context.Response.WriteAsync(Change(answer).ToJsonString());
    }

    // Ids that a place names, the true one among them, with their log-probabilities.
    private List<(int Id, double LogProbability)> Candidates(int[] ids, int t, int count)
    {
        List<(int, double)> named = [.. Enumerable.Range(1, count).Select(i => ((ids[t - 1] + i) % Vocabulary, LogProbability(i)))];
        return named.Exists(n => n.Item1 == ids[t]) ? named : [(ids[t], Own(ids, t)), .. named];
    }

    /// <summary>What it says of a prompt's token.</summary>
    public double Own(int[] ids, int t) => LogProbability((ids[t] - ids[t - 1] + Vocabulary) % Vocabulary is > 0 and var step ? step : Vocabulary);

    private double LogProbability(int step) => Math.Max(-60, -step * Math.Log(2)) - Shift;

    private static int Number(JsonElement body, string name) => body.TryGetProperty(name, out var number) ? number.GetInt32() : 0;

    // docs.vllm.ai: choices[].prompt_logprobs, a list of null and of mappings from ids to logprob, rank and decoded_token.
    private JsonObject Vllm(int[] ids, int count)
    {
        var places = new JsonArray((JsonNode?)null);
        for (int t = 1; t < ids.Length; t++)
        {
            places.Add(new JsonObject(Candidates(ids, t, count).Select((c, i) => KeyValuePair.Create($"{c.Id}", (JsonNode?)new JsonObject { ["logprob"] = c.LogProbability, ["rank"] = i + 1, ["decoded_token"] = TextOf(c.Id) }))));
        }

        return new JsonObject { ["id"] = "cmpl-1", ["object"] = "text_completion", ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["text"] = "x", ["logprobs"] = null, ["finish_reason"] = "length", ["prompt_logprobs"] = places }) };
    }

    // docs.sglang.ai, native API: meta_info.input_token_logprobs and input_top_logprobs, lists of [logprob, id, text or null].
    private JsonObject Sglang(int[] ids, int count, JsonElement body)
    {
        bool hasTexts = body.GetProperty("return_text_in_logprobs").GetBoolean();
        JsonArray Entry(double? logProbability, int id) => new(logProbability, id, hasTexts ? TextOf(id) : null);
        var tokens = new JsonArray([.. ids.Select((id, t) => Entry(t == 0 ? null : Own(ids, t), id))]);
        var tops = new JsonArray([.. ids.Select((_, t) => t == 0 ? null : new JsonArray([.. Enumerable.Range(1, count).Select(i => Entry(LogProbability(i), (ids[t - 1] + i) % Vocabulary))]))]);
        return new JsonObject { ["text"] = "x", ["output_ids"] = new JsonArray(1), ["meta_info"] = new JsonObject { ["prompt_tokens"] = ids.Length, ["input_token_logprobs"] = tokens, ["input_top_logprobs"] = tops, ["output_token_logprobs"] = new JsonArray(Entry(-1, 1)) } };
    }

    // platform.openai.com, completions: choices[].logprobs with tokens, token_logprobs, top_logprobs and text_offset; ids as vLLM's return_tokens_as_token_ids writes them.
    private JsonObject Completions(int[] ids, int count, JsonElement body)
    {
        bool areIds = NamesIds && body.TryGetProperty("return_tokens_as_token_ids", out var wish) && wish.GetBoolean();
        string Name(int id) => areIds ? $"token_id:{id}" : TextOf(id);
        JsonObject Top(int t)
        {
            var top = new JsonObject();
            foreach (var (id, logProbability) in Candidates(ids, t, count))
            {
                top.TryAdd(Name(id), logProbability);
            }

            return top;
        }

        return new JsonObject
        {
            ["id"] = "cmpl-1",
            ["object"] = "text_completion",
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["text"] = "x",
                ["finish_reason"] = "length",
                ["logprobs"] = new JsonObject
                {
                    ["tokens"] = new JsonArray([.. ids.Select(i => (JsonNode)Name(i))]),
                    ["token_logprobs"] = new JsonArray([.. ids.Select((_, t) => t == 0 ? null : (JsonNode)Own(ids, t))]),
                    ["top_logprobs"] = new JsonArray([.. ids.Select((_, t) => t == 0 ? null : (JsonNode)Top(t))]),
                    ["text_offset"] = new JsonArray([.. ids.Select((_, t) => (JsonNode)t)]),
                },
            }),
        };
    }
}
