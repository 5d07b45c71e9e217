namespace FuseSharp.Testing;

/// <summary>A whole model in a GGUF file of some kilobytes: a Llama of one block with a SentencePiece vocabulary of bytes and a few words.</summary>
public static class TinyGguf
{
    private const int Hidden = 32;
    private const int Inner = 32;

    /// <summary>The file's bytes.</summary>
    /// <param name="poisoned">A letter, <c>a</c> to <c>c</c>, whose embedding is NaN: texts with it give NaN, others do not.</param>
    /// <param name="chatTemplate">A chat template; null for none.</param>
    /// <param name="isPadded">Whether embedding and head have twice as many rows as there are tokens: the second half of the head is the double of the first, so that one of it is likelier than every token.</param>
    /// <param name="isEndless">Whether texts go on for ever: the context has a million tokens instead of 128, and no token ends a text.</param>
    public static byte[] Build(char? poisoned = null, string? chatTemplate = null, bool isEndless = false, bool isPadded = false)
        => Builder(poisoned, chatTemplate, isEndless, isPadded).Build();

    /// <summary>The same as the parts of a split model.</summary>
    /// <param name="count">How many.</param>
    public static byte[][] BuildParts(int count) => Builder(null, null, false, false).BuildParts(count);

    private static GgufBuilder Builder(char? poisoned, string? chatTemplate, bool isEndless, bool isPadded)
    {
        string[] words = ["▁", "a", "b", "c", "▁a", "▁b", "ab", "▁ab"];
        string[] tokens = ["<unk>", "<s>", isEndless ? "<end>" : "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), .. words];
        int[] kinds = [2, 3, 3, .. Enumerable.Repeat(6, 256), .. Enumerable.Repeat(1, words.Length)];
        int count = tokens.Length;
        if (isPadded)
        {
            tokens = [.. tokens, .. Enumerable.Range(count, count).Select(i => $"[PAD{i}]")];
            kinds = [.. kinds, .. Enumerable.Repeat(5, count)];
        }

        float[] scores = [.. Enumerable.Range(0, tokens.Length).Select(i => i < 259 ? 0f : 258 - i)];
        int seed = 0;
        float[] Weights(int count) => [.. Enumerable.Range(0, count).Select(i => 0.2f * MathF.Sin((i * 1.7f) + ++seed))];
        float[] Ones() => [.. Enumerable.Repeat(1f, Hidden)];
        float[] embeddings = Weights(tokens.Length * Hidden);
        if (poisoned is { } letter)
        {
            foreach (int id in Enumerable.Range(259, words.Length).Where(i => tokens[i].Contains(letter, StringComparison.Ordinal)))
            {
                Array.Fill(embeddings, float.NaN, id * Hidden, Hidden);
            }
        }

        float[] head = Weights(count * Hidden);
        head = isPadded ? [.. head, .. head.Select(w => 2 * w)] : head;
        var builder = new GgufBuilder().Text("general.architecture", "llama").Number("llama.embedding_length", Hidden).Number("llama.block_count", 1)
            .Number("llama.feed_forward_length", Inner).Number("llama.attention.head_count", 2).Number("llama.context_length", isEndless ? 1u << 20 : 128)
            .Real("llama.attention.layer_norm_rms_epsilon", 1e-5f).Text("tokenizer.ggml.model", "llama").Texts("tokenizer.ggml.tokens", tokens)
            .Reals("tokenizer.ggml.scores", scores).Numbers("tokenizer.ggml.token_type", kinds)
            .Number("tokenizer.ggml.bos_token_id", 1).Number("tokenizer.ggml.unknown_token_id", 0)
            .Tensor("token_embd.weight", [(ulong)tokens.Length, Hidden], embeddings)
            .Tensor("output.weight", [(ulong)tokens.Length, Hidden], head)
            .Tensor("output_norm.weight", [Hidden], Ones()).Tensor("blk.0.attn_norm.weight", [Hidden], Ones()).Tensor("blk.0.ffn_norm.weight", [Hidden], Ones());
        if (!isEndless)
        {
            builder.Number("tokenizer.ggml.eos_token_id", 2);
        }

        foreach (string name in new[] { "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down" })
        {
            builder.Tensor($"blk.0.{name}.weight", [Hidden, Hidden], Weights(Hidden * Hidden));
        }

        return chatTemplate is null ? builder : builder.Text("tokenizer.chat_template", chatTemplate);
    }
}
