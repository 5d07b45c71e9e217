namespace FuseSharp.Models.Configuration;

/// <summary>The families of models that can be loaded: what messages, documents and tests list.</summary>
/// <remarks>What a family's layers are stands in its file in <c>Families</c>; MPT, GPT-NeoX and GPT-2 have networks of their own in <c>Architectures</c>.</remarks>
public static class ModelFamilies
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new("Llama", "LlamaForCausalLM", "llama"),
        new("Mistral", "MistralForCausalLM", "mistral"),
        new("Mixtral", "MixtralForCausalLM", "mixtral"),
        new("Qwen2", "Qwen2ForCausalLM", "qwen2"),
        new("Qwen3", "Qwen3ForCausalLM", "qwen3"),
        new("Qwen3 MoE", "Qwen3MoeForCausalLM", "qwen3_moe"),
        new("Gemma 2", "Gemma2ForCausalLM", "gemma2", IsTied: true),
        new("Gemma 3 (text)", "Gemma3ForCausalLM", "gemma3_text", IsTied: true),
        new("Phi-3 and Phi-4", "Phi3ForCausalLM", "phi3"),
        new("SmolLM3", "SmolLM3ForCausalLM", "smollm3", IsTied: true),
        new("OLMo 2", "Olmo2ForCausalLM", "olmo2"),
        new("OLMo 3", "Olmo3ForCausalLM", "olmo3"),
        new("Granite", "GraniteForCausalLM", "granite"),
        new("StarCoder2", "Starcoder2ForCausalLM", "starcoder2", IsTied: true),
        new("StableLM", "StableLmForCausalLM", "stablelm"),
        new("Cohere 2", "Cohere2ForCausalLM", "cohere2", IsTied: true),
        new("GLM-4", "Glm4ForCausalLM", "glm4"),
        new("GPT-OSS", "GptOssForCausalLM", "gpt_oss"),
        new("DeepSeek-V2-Lite", "DeepseekV2ForCausalLM", "deepseek_v2"),
        new("MPT", "MptForCausalLM", "mpt", IsTied: true),
        new("MPT", "MPTForCausalLM", "mpt", IsTied: true),
        new("GPT-NeoX", "GPTNeoXForCausalLM", "gpt_neox"),
        new("GPT-2", "GPT2LMHeadModel", "gpt2", IsTied: true),
    ];

    /// <summary>The family of an architecture; null for an unknown one.</summary>
    /// <param name="architecture">In <c>architectures</c>.</param>
    public static ModelFamily? Find(string architecture) => All.FirstOrDefault(f => f.Architecture == architecture);

    /// <summary>The architecture that transformers' AutoModelForCausalLM takes for a type where none is named; null for an unknown type.</summary>
    /// <param name="modelType">In <c>model_type</c>.</param>
    public static string? ArchitectureOf(string modelType) => All.FirstOrDefault(f => f.ModelType == modelType)?.Architecture;
}
