using FuseSharp.Tokenizers.Normalization;
using FuseSharp.Tokenizers.Splitting;
using FuseSharp.Tokenizers.Words;


namespace FuseSharp.Tokenizers;

/// <summary>Everything that makes a tokenizer, as the readers of its files found it.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>Token strings in id order.</summary>
    public required string[] Vocabulary { get; init; }

    /// <summary>How they are written.</summary>
    public required TokenizerFamily Family { get; init; }

    /// <summary>Turns words into tokens.</summary>
    public required IWordModel Model { get; init; }

    /// <summary>Puts token strings together.</summary>
    public required ITokenDecoder Decoder { get; init; }

    /// <summary>Changes the whole text before added tokens are looked for; null: nothing.</summary>
    public ITextNormalizer? Opening { get; init; }

    /// <summary>Changes what lies between added tokens; null: nothing.</summary>
    public ITextNormalizer? Normalizer { get; init; }

    /// <summary>Cuts it into words; null: it is one word.</summary>
    public ITextSplitter? Splitter { get; init; }

    /// <summary>Tokens recognized before all else.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>Pieces that are found in the normalized text as they are, and never merge with what stands beside them (SentencePiece's user-defined symbols).</summary>
    public IReadOnlyList<AddedToken> Frozen { get; init; } = [];

    /// <summary>Ids that decoding skips.</summary>
    public required IReadOnlySet<int> SpecialIds { get; init; }

    /// <summary>Whether special tokens written out in a text are taken for text.</summary>
    public bool SplitsSpecialTokens { get; init; }

    /// <summary>What tokens that continue a word begin with (<c>##</c>), where a word's start is not marked instead; null elsewhere.</summary>
    public string? ContinuationPrefix { get; init; }

    /// <summary>Whether a lone <c>▁</c> at the start falls away before a special token (slow tokenizers without "legacy").</summary>
    public bool DropsMarkerBeforeSpecial { get; init; }

    /// <summary>See <see cref="ITokenizer.EndOfTextId"/>.</summary>
    public int? EndOfTextId { get; init; }

    /// <summary>See <see cref="ITokenizer.BeginningOfTextId"/>.</summary>
    public int? BeginningOfTextId { get; init; }

    /// <summary>See <see cref="ITokenizer.AddsBeginningOfText"/>.</summary>
    public bool AddsBeginningOfText { get; init; }

    /// <summary>The files it was read from, to be saved again as they are.</summary>
    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }
}
