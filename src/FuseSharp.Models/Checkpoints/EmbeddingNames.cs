namespace FuseSharp.Models.Checkpoints;

/// <summary>What checkpoints call an embedding and a head.</summary>
internal static class EmbeddingNames
{
    private static readonly string[] _embeddings = ["embed_tokens", "embed_in", "wte"];
    private static readonly string[] _heads = ["lm_head", "embed_out"];

    /// <summary>Whether a module, by its whole name, is an embedding of tokens.</summary>
    public static bool IsEmbedding(string module) => _embeddings.Contains(LastPart(module));

    /// <summary>Whether a module, by its whole name, is a head.</summary>
    public static bool IsHead(string module) => _heads.Contains(LastPart(module));

    /// <summary>The name that a head has beside an embedding.</summary>
    /// <param name="embedding">Name of the embedding's weight.</param>
    public static string HeadBeside(string embedding) => LastPart(embedding[..embedding.LastIndexOf('.')]) == "embed_in" ? "embed_out.weight" : "lm_head.weight";

    /// <summary>The name that an embedding has beside a head, where a checkpoint holds the head alone.</summary>
    /// <param name="head">Name of the head's weight.</param>
    /// <param name="names">Of the checkpoint's tensors.</param>
    public static string EmbeddingBeside(string head, IEnumerable<string> names)
        => head == "embed_out.weight" ? "gpt_neox.embed_in.weight" : names.Any(n => n.StartsWith("transformer.", StringComparison.Ordinal)) ? "transformer.wte.weight" : "model.embed_tokens.weight";

    private static string LastPart(string name) => name[(name.LastIndexOf('.') + 1)..];
}
