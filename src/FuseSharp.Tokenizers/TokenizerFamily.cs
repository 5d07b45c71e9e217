namespace FuseSharp.Tokenizers;

/// <summary>How a vocabulary writes word boundaries and bytes.</summary>
public enum TokenizerFamily
{
    /// <summary>SentencePiece: <c>▁</c> starts a word, a byte outside the vocabulary is written <c>&lt;0x0A&gt;</c> (Llama, Mistral, OpenLLaMA, T5).
    /// Also what marks neither, such as WordPiece, whose tokens say instead that they continue a word.</summary>
    SentencePiece,

    /// <summary>Byte-level BPE: every byte is a printable character, a space is <c>Ġ</c> (GPT-2, GPT-NeoX, MPT, Llama-3, Qwen).</summary>
    ByteLevel,
}
