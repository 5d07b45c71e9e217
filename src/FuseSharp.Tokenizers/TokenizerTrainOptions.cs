using System.ComponentModel.DataAnnotations;

namespace FuseSharp.Tokenizers;

/// <summary>What vocabulary to train.</summary>
public sealed record TokenizerTrainOptions
{
    /// <summary>How tokens are written and what the fixed ones are.</summary>
    /// <remarks>SentencePiece: <c>&lt;unk&gt; &lt;s&gt; &lt;/s&gt;</c> and 256 byte tokens, as Llama-2. ByteLevel: <c>&lt;|endoftext|&gt;</c> and 256 bytes,
    /// as GPT-NeoX.</remarks>
    public TokenizerFamily Family { get; init; } = TokenizerFamily.SentencePiece;

    /// <summary>Number of tokens, fixed ones included.</summary>
    [Range(258, 1_000_000)]
    public int VocabularySize { get; init; } = 4096;

    /// <summary>Share of the texts' characters that get a token; rarer ones are spelled in bytes. Only for SentencePiece.</summary>
    /// <remarks>0.9995 is SentencePiece's default. Raise it for texts in large alphabets.</remarks>
    [Range(0.0, 1.0)]
    public double CharacterCoverage { get; init; } = 0.9995;

    /// <summary>How often two tokens must stand side by side to be merged.</summary>
    /// <remarks>2 is the default of Hugging Face's GPT-2 training; 1 learns single words by heart.</remarks>
    [Range(1, int.MaxValue)]
    public int MinPairCount { get; init; } = 2;

    /// <summary>Longest token, in characters (ByteLevel: bytes).</summary>
    /// <remarks>16 is SentencePiece's default; it keeps rulers of hyphens and the like out of the vocabulary.</remarks>
    [Range(2, 256)]
    public int MaxTokenCharacters { get; init; } = 16;

    /// <summary>Whether every digit is a token of its own. Only for SentencePiece; Llama-2 does so.</summary>
    public bool SplitsDigits { get; init; } = true;
}
