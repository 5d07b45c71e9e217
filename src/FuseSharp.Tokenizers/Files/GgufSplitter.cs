namespace FuseSharp.Tokenizers.Files;

/// <summary>How a byte-level vocabulary in a GGUF file cuts words.</summary>
/// <param name="Steps">Pre-tokenizers of <c>tokenizer.json</c>, in order.</param>
/// <param name="Composes">Whether the family's own tokenizer composes characters first (NFC).</param>
/// <param name="KeepsTokens">Whether a word that is a token stays whole whatever merges say.</param>
internal sealed record GgufSplitter(IReadOnlyList<string> Steps, bool Composes = false, bool KeepsTokens = false);
