using System.Net;
using System.Text;
using System.Text.Json;
using FuseSharp.Evaluation.Endpoints;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Pipeline.Tests.Represent;

/// <summary>Answers in the forms that each protocol's documentation shows, written by hand, and the questions that ask for them.</summary>
public sealed class PromptProtocolTests
{
    // docs.vllm.ai, extra parameters of completions: null for the first token; the prompt's own token stands in the mapping though it is none of the likeliest.
    private const string Vllm = """
        {"id": "cmpl-7f1", "object": "text_completion", "created": 1764200000, "model": "Qwen/Qwen2.5-7B",
         "choices": [{"index": 0, "text": " is", "logprobs": null, "finish_reason": "length", "stop_reason": null,
          "prompt_logprobs": [null,
           {"30": {"logprob": -4.5, "rank": 17, "decoded_token": " cat"}, "31": {"logprob": -0.75, "rank": 1, "decoded_token": " dog"}, "32": {"logprob": -1.5, "rank": 2, "decoded_token": " man"}},
           {"40": {"logprob": -0.25, "rank": 1, "decoded_token": " sat"}, "41": {"logprob": -3.0, "rank": 2, "decoded_token": " ran"}}]}],
         "usage": {"prompt_tokens": 3, "total_tokens": 4, "completion_tokens": 1}}
        """;

    // docs.sglang.ai, sampling parameters of /generate: [log-probability, id, text], the text null with return_text_in_logprobs false.
    private const string Sglang = """
        {"text": " is", "output_ids": [5], "meta_info": {"id": "a1", "finish_reason": {"type": "length", "length": 1}, "prompt_tokens": 3, "completion_tokens": 1, "cached_tokens": 0,
         "input_token_logprobs": [[null, 20, null], [-4.5, 30, null], [-0.25, 40, null]],
         "input_top_logprobs": [null, [[-0.75, 31, null], [-1.5, 32, null]], [[-0.25, 40, null], [-3.0, 41, null]]],
         "output_token_logprobs": [[-0.5, 5, null]], "output_top_logprobs": [[[-0.5, 5, null], [-1.0, 6, null]]]}}
        """;

    // platform.openai.com, completions with echo and logprobs; tokens as vLLM's return_tokens_as_token_ids writes them. One token was written behind the prompt.
    private const string Completions = """
        {"id": "cmpl-7f2", "object": "text_completion", "created": 1764200000, "model": "m",
         "choices": [{"index": 0, "text": "The cat sat is", "finish_reason": "length", "logprobs": {
          "text_offset": [0, 3, 7, 11],
          "tokens": ["token_id:20", "token_id:30", "token_id:40", "token_id:5"],
          "token_logprobs": [null, -4.5, -0.25, -0.5],
          "top_logprobs": [null, {"token_id:31": -0.75, "token_id:32": -1.5, "token_id:30": -4.5}, {"token_id:40": -0.25, "token_id:41": -3.0}, {"token_id:5": -0.5}]}}],
         "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}}
        """;

    private static readonly PromptQuestion _question = new([20, 30, 40], 2);
    private static readonly TokenTexts _texts = new(TokenizerFolder.Load(DemoModels.Path("web")));

    public static TheoryData<string> Protocols => ["vllm", "sglang", "completions"];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Read_DocumentedAnswer_GivesRowsOfWhatFollows(string name)
    {
        var (protocol, answer) = Of(name);

        var scores = ServedRows.Create(Read(protocol, answer), candidates: 2, topK: 3, vocabulary: 100, wanted: null);

        // Position 0 expects token 30 by −4.5, and 31 and 32 most; position 1 expects 40; behind the last nothing stands.
        Assert.Equal([4.5f, 0.25f, 0], scores.CrossEntropies);
        Assert.Equal([31, 32, -1, 40, 41, -1, -1, -1, -1], scores.Indices);
        Assert.Equal([-0.75f, -1.5f, 0, -0.25f, -3, 0, 0, 0, 0], scores.Logits);
        Assert.Equal([0, 0, 0], scores.LogNormalizers);
    }

    [Fact]
    public void Body_EachProtocol_IsWhatItsDocumentationAsksFor()
    {
        string[] bodies = [.. new IPromptProtocol[] { new VllmProtocol(), new SglangProtocol(), new CompletionsProtocol(true, 0, _texts), new CompletionsProtocol(false, 1, _texts) }.Select(p => JsonSerializer.Serialize(p.BodyOf("m", _question)))];

        Assert.Equal(
        [
            """{"model":"m","prompt":[20,30,40],"max_tokens":1,"temperature":1,"prompt_logprobs":2}""",
            """{"input_ids":[20,30,40],"sampling_params":{"max_new_tokens":1,"temperature":1},"return_logprob":true,"logprob_start_len":0,"top_logprobs_num":2,"return_text_in_logprobs":false}""",
            """{"model":"m","prompt":[20,30,40],"max_tokens":0,"temperature":1,"echo":true,"logprobs":2,"return_tokens_as_token_ids":true}""",
            """{"model":"m","prompt":[20,30,40],"max_tokens":1,"temperature":1,"echo":true,"logprobs":2}""",
        ], bodies);
    }

    [Theory]
    [InlineData("vllm", "\"logprob\": -0.75", "\"logprob\": 0.75", "'choices[0].prompt_logprobs[1].31.logprob' is 0.75, expected a log-probability, which is at most 0")]
    [InlineData("vllm", "\"logprob\": -0.75", "\"logprob\": null", "'choices[0].prompt_logprobs[1].31.logprob' is null, expected a number")]
    [InlineData("vllm", "\"30\"", "\"030\"", null)]
    [InlineData("vllm", "\"30\"", "\"33\"", "'choices[0].prompt_logprobs[1]' does not hold token 30, which was sent")]
    [InlineData("vllm", "prompt_logprobs", "prompt_scores", "'choices[0].prompt_logprobs' is missing")]
    [InlineData("sglang", "[[-0.5, 5, null]], ", "[[-0.5, 5, null]]], ", "it is no JSON that can be read")]
    [InlineData("sglang", "[-4.5, 30, null]", "[-4.5, 33, null]", "'meta_info.input_token_logprobs[1]' is about token 33, expected 30, which was sent")]
    [InlineData("sglang", "[-4.5, 30, null]", "[null, 30, null]", "'meta_info.input_token_logprobs[1][0]' is null, expected a log-probability")]
    [InlineData("sglang", "[-4.5, 30, null]", "-4.5", "'meta_info.input_token_logprobs[1]' is -4.5, expected a log-probability, an id and a text")]
    [InlineData("sglang", "[-1.5, 32, null]", "[-1.5, -32, null]", "'meta_info.input_top_logprobs[1][1][1]' is -32, expected a token id")]
    [InlineData("sglang", "[-1.5, 32, null]", "[-1.5, 31, null]", "the candidates of token 1 name id 31 twice")]
    [InlineData("sglang", "[-1.5, 32, null]", "[-1e400, 32, null]", "expected a log-probability")]
    [InlineData("completions", "\"token_id:30\", ", "\"token_id:33\", ", "'choices[0].logprobs.tokens[1]' is token_id:33, expected token_id:30, which was sent")]
    [InlineData("completions", "\"token_id:30\", ", "\" cat\", ", "'choices[0].logprobs.tokens[1]' is a text, expected token_id:30")]
    [InlineData("completions", "\"token_id:30\", \"token_id:40\", \"token_id:5\"", "\"token_id:30\"", "'choices[0].logprobs.tokens' has 2 entries, expected 3 to 4")]
    [InlineData("completions", "[null, -4.5, -0.25, -0.5]", "[null, null, -0.25, -0.5]", "'choices[0].logprobs.token_logprobs[1]' is null, expected a log-probability")]
    [InlineData("completions", "token_id:32", "the", "'choices[0].logprobs.top_logprobs[1]' has a key that is a text")]
    public void Read_AlteredAnswer_IsRefusedByItsPlace(string name, string from, string to, string? expected)
    {
        var (protocol, answer) = Of(name);
        Assert.Contains(from, answer, StringComparison.Ordinal);

        var fault = Record.Exception(() => ServedRows.Create(Read(protocol, answer.Replace(from, to, StringComparison.Ordinal)), 2, 3, 100, null));

        Assert.Equal(expected is null ? null : typeof(AnswerException), fault?.GetType());
        Assert.Contains(expected ?? "", fault?.Message ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, "Requested prompt logprobs of 50, which is greater than max allowed: 20 (parameter=prompt_logprobs, value=50)", 20)] // vLLM
    [InlineData(50, "'logprobs' is 50, expected 0 to 20.", 20)] // fusesharp serve
    [InlineData(10, "The maximum value for 'logprobs' is 5.", 5)] // OpenAI
    [InlineData(50, "Invalid value for logprobs: 50", 20)] // no limit named: what is usual
    [InlineData(5, "Invalid value for logprobs: 5", 1)]
    [InlineData(1, "Invalid value for logprobs: 1", null)]
    [InlineData(50, "This model's maximum context length is 16 tokens.", null)]
    [InlineData(50, "logprobs are not supported with version 2.1 of this server", null)]
    public void FewerThan_Refusals_TellWhatIsAllowed(int asked, string refusal, int? expected) => Assert.Equal(expected, EndpointHandshake.FewerThan(asked, refusal));

    [Fact]
    public void Fingerprint_AmongWhatIsRemembered_IsTheSameWithinATolerance()
    {
        EndpointFingerprint Seen(double shift, string mark = "", string model = "m") => new("http://h/v1", model, EndpointProtocol.Vllm, 5, "t", mark, [-1 - shift, -3 + shift]);

        // Mean of 1 and 3 nats is 2, on a step of a half; remembered marks stay; other models of the name are marked by their exact answers.
        Assert.Equal("2.0", Seen(0).Among([]).Mark);
        Assert.Equal("1.5", Seen(0.04).Among([Seen(0, "1.5")]).Mark);
        Assert.Equal("2.0", Seen(0.04).Among([Seen(0, "1.5", "other")]).Mark);
        Assert.Matches("^[0-9a-f]{12}$", Seen(0.12).Among([Seen(0, "2.0")]).Mark);
        Assert.Equal("ab", Seen(0.12).Among([Seen(0, "2.0"), Seen(0.12, "ab")]).Mark);
    }

    [Theory]
    [InlineData("Qwen/Qwen2.5-7B", "Qwen2.5-7B")]
    [InlineData("/models/llama/", "llama")]
    [InlineData("llama3:8b", "llama3-8b")]
    [InlineData("..", "model")]
    public void NameOf_AnyServersName_IsAFoldersName(string model, string expected) => Assert.Equal(expected, EndpointModel.NameOf(model));

    private static (IPromptProtocol Protocol, string Answer) Of(string name) => name switch
    {
        "vllm" => (new VllmProtocol(), Vllm),
        "sglang" => (new SglangProtocol(), Sglang),
        _ => (new CompletionsProtocol(asksForIds: true, maxTokens: 1, _texts), Completions),
    };

    private static PromptAnswer Read(IPromptProtocol protocol, string answer) => EndpointSession.Read(protocol, new EndpointAnswer(HttpStatusCode.OK, Encoding.UTF8.GetBytes(answer)), _question);
}
