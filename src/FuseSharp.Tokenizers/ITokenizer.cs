namespace FuseSharp.Tokenizers;

/// <summary>Cuts texts into the tokens of one vocabulary and puts them together again.</summary>
/// <remarks>Immutable and safe to use from several threads.</remarks>
public interface ITokenizer
{
    /// <summary>The token strings in id order, as the vocabulary holds them (<c>▁the</c>, <c>Ġthe</c>, <c>&lt;0x0A&gt;</c>), added tokens included.</summary>
    IReadOnlyList<string> Vocabulary { get; }

    /// <summary>What marks the start of a word in token strings, and how bytes outside the vocabulary are written.</summary>
    TokenizerFamily Family { get; }

    /// <summary>Id of the token that ends a text (<c>&lt;/s&gt;</c>, <c>&lt;|endoftext|&gt;</c>), or null where the tokenizer has none.</summary>
    int? EndOfTextId { get; }

    /// <summary>Id of the token that starts a text, or null where the tokenizer has none.</summary>
    int? BeginningOfTextId { get; }

    /// <summary>Whether Hugging Face puts <see cref="BeginningOfTextId"/> before every text when asked to add special tokens.</summary>
    bool AddsBeginningOfText { get; }

    /// <summary>Hexadecimal SHA-256 over everything that decides ids: two tokenizers with equal fingerprints give equal ids.</summary>
    string Fingerprint { get; }

    /// <summary>Whether a token is a control token (<c>&lt;s&gt;</c>, <c>&lt;|endoftext|&gt;</c>) that decoding skips.</summary>
    /// <param name="id">0-based, less than the vocabulary's size.</param>
    bool IsSpecial(int id);

    /// <summary>Tokenizes a text without adding special tokens.</summary>
    /// <param name="text">Any text; special tokens written out in it are recognized as Hugging Face recognizes them.</param>
    /// <returns>Ids, and for each the byte offset in the UTF-8 text at which it ends.</returns>
    TokenizedText Encode(string text);

    /// <summary>Tokenizes bytes as they would be tokenized in the middle of a text: no prefix space is put before them, no special token is recognized.</summary>
    /// <param name="bytes">UTF-8, possibly cut inside a character at either end.</param>
    /// <returns>The ids; empty only for empty bytes or where the vocabulary cannot spell a byte.</returns>
    IReadOnlyList<int> EncodeContinuation(ReadOnlySpan<byte> bytes);

    /// <summary>The bytes that a token adds in the middle of a text; empty for special tokens.</summary>
    /// <param name="id">0-based, less than the vocabulary's size.</param>
    ReadOnlyMemory<byte> TextOf(int id);

    /// <summary>Puts tokens together as Hugging Face does with <c>skip_special_tokens=True, clean_up_tokenization_spaces=False</c>.</summary>
    /// <param name="ids">Token ids.</param>
    /// <returns>The text; bytes that form no character become U+FFFD.</returns>
    string Decode(ReadOnlySpan<int> ids);
}
