namespace FuseSharp.Tokenizers.Files;

/// <summary>How Hugging Face names the files of a tokenizer.</summary>
internal static class TokenizerFileNames
{
    public const string Json = "tokenizer.json";
    public const string SentencePiece = "tokenizer.model";
    public const string Tekken = "tekken.json";
    public const string Config = "tokenizer_config.json";
    public const string SpecialTokens = "special_tokens_map.json";
    public const string AddedTokens = "added_tokens.json";

    /// <summary>All that decide ids, in the order of reading.</summary>
    public static readonly string[] Read = [Json, SentencePiece, Config, SpecialTokens, AddedTokens];

    /// <summary>All that belong to a tokenizer, also those that are only passed on.</summary>
    public static readonly string[] Copied = [.. Read, Tekken, "vocab.json", "merges.txt", "chat_template.jinja", "chat_template.json"];
}
