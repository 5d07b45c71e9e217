using System.Net;
using System.Text;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Endpoints;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Fuzz;

/// <summary>What inference servers answer.</summary>
internal static class ServerTargets
{
    private static readonly Lazy<TokenTexts> _texts = new(() => new(TokenizerFolder.Load(DemoModels.Path("web"))));

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Answers("answers-vllm", () => new VllmProtocol(), """{"choices": [{"prompt_logprobs": [null, {"30": {"logprob": -4.5, "decoded_token": " cat"}, "31": {"logprob": -0.75}}, {"40": {"logprob": -0.25}}]}]}"""),
        Answers("answers-sglang", () => new SglangProtocol(), """{"meta_info": {"input_token_logprobs": [[null, 20, null], [-4.5, 30, null], [-0.25, 40, null]], "input_top_logprobs": [null, [[-0.75, 31, null]], [[-0.25, 40, null], [-3.0, 41, "x"]]]}}"""),
        Answers("answers-completions", () => new CompletionsProtocol(asksForIds: true, 0, _texts.Value), """{"choices": [{"logprobs": {"tokens": ["token_id:20", "token_id:30", "token_id:40"], "token_logprobs": [null, -4.5, -0.25], "top_logprobs": [null, {"token_id:31": -0.75}, {"token_id:40": -0.25}]}}]}"""),
        Answers("answers-texts", () => new CompletionsProtocol(asksForIds: false, 1, _texts.Value), """{"choices": [{"logprobs": {"tokens": ["a", "b", "c", "d"], "token_logprobs": [null, -4.5, -0.25, -1], "top_logprobs": [null, {"x": -0.75}, {"bytes:\\xe2": -0.25}, null]}}]}"""),
    ];

    private static FuzzTarget Answers(string name, Func<IPromptProtocol> protocol, string seed)
        => new(name, InputKind.Json, [Encoding.UTF8.GetBytes(seed)], (input, _) =>
        {
            try
            {
                ServedRows.Create(EndpointSession.Read(protocol(), new EndpointAnswer(HttpStatusCode.OK, input), new PromptQuestion([20, 30, 40], 2)), 2, 3, 100, null);
            }
            catch (AnswerException fault)
            {
                throw new UsageException(fault.Message); // as the stage tells it
            }
        });
}
