namespace FuseSharp.Pipeline.Represent.Served;

/// <summary>How an inference server is asked for the log-probabilities of a prompt's tokens.</summary>
public enum EndpointProtocol
{
    /// <summary>Found out by asking, in the order vllm, sglang, completions; the manifest's <c>endpoint.json</c> says which.</summary>
    Auto,

    /// <summary>OpenAI's <c>POST completions</c> with <c>echo</c> and <c>logprobs</c>, which <c>fusesharp serve</c> speaks too. Token ids are asked for by <c>return_tokens_as_token_ids</c>; without them tokens are told apart by their texts.</summary>
    Completions,

    /// <summary>vLLM's <c>POST completions</c> with <c>prompt_logprobs</c>.</summary>
    Vllm,

    /// <summary>SGLang's own <c>POST /generate</c>, beside <c>/v1</c>.</summary>
    Sglang,
}
