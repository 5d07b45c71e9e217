namespace FuseSharp.Tokenizers.Splitting;

/// <summary>The word patterns of the byte-level families, each scanned by hand in one pass.</summary>
internal enum WordPattern
{
    /// <summary>GPT-2, GPT-NeoX, MPT and, behind single digits, SmolLM2.</summary>
    Gpt2,

    /// <summary>Llama-3: contractions in any case, numbers of up to three digits, newlines kept with what precedes them.</summary>
    Llama3,

    /// <summary>Qwen2: as Llama-3, but digits singly.</summary>
    Qwen2,
}
