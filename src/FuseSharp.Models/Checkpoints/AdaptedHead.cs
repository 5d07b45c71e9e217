using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Json;
using FuseSharp.Tokenizers.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Tells whether a model whose head is its embedding needs a head of its own once an adapter is merged into it.</summary>
internal static class AdaptedHead
{
    private const string TokenRows = ".token_adapter.trainable_tokens_delta";
    private const string Whole = ".weight";
    private const long Piece = 1 << 22; // numbers that are compared at once

    /// <summary>Whether the adapter makes head and embedding differ. A model that had a head of its own keeps it.</summary>
    /// <remarks>Told from the adapter alone: it changes one of the two, or each by numbers of its own. Rows of tokens that were trained in the embedding are the tied head's too,
    /// weights that are stored whole without standing in <c>modules_to_save</c> are those of the base, and <c>ensure_weight_tying</c> says that both were trained as one.</remarks>
    /// <param name="folder">The adapter's.</param>
    /// <exception cref="ModelException">A file is damaged.</exception>
    public static bool IsOwn(string folder)
    {
        if (!AdapterFile.IsIn(folder))
        {
            return false;
        }

        string file = Path.Combine(folder, AdapterBase.ConfigFile);
        var json = JsonFile.Read(file, "an adapter's configuration");
        var keys = new JsonKeys(json, what => new ModelException($"'{file}' {what}. Correct the file."));
        if (keys.Flag("ensure_weight_tying") is true)
        {
            return false;
        }

        string[] saved = json["modules_to_save"] is JsonArray ? keys.Texts("modules_to_save")! : [];
        using var source = AdapterFile.Open(folder);
        string[] ChangesOf(Func<string, bool> isPart) => [.. source.Names.Where(n => n.StartsWith(AdapterFile.Prefix, StringComparison.Ordinal) && Parents(n).Any(isPart) && IsChange(n, saved))];
        string[] embedding = ChangesOf(EmbeddingNames.IsEmbedding);
        string[] head = ChangesOf(EmbeddingNames.IsHead);
        return head.Length == 0 ? embedding.Any(k => !k.EndsWith(TokenRows, StringComparison.Ordinal)) : !AreSame(source, embedding, head);
    }

    private static bool IsChange(string key, string[] saved)
        => key.Contains(".lora_", StringComparison.Ordinal) || key.EndsWith(TokenRows, StringComparison.Ordinal)
            || Parents(key).Any(m => saved.Any(s => s.Length > 0 && m.EndsWith(s, StringComparison.Ordinal)));

    private static IEnumerable<string> Parents(string name)
    {
        for (int end = name.LastIndexOf('.'); end > 0; end = name.LastIndexOf('.', end - 1))
        {
            yield return name[..end];
        }
    }

    // Only whole weights are compared: what is computed may differ in the last bit even where it was meant to be one.
    private static bool AreSame(ITensorSource source, string[] embedding, string[] head)
    {
        bool IsWhole(string[] keys) => keys.Length == 1 && keys[0].EndsWith(Whole, StringComparison.Ordinal) && !keys[0].Contains(".lora_", StringComparison.Ordinal);
        if (!IsWhole(embedding) || !IsWhole(head) || !source.ShapeOf(embedding[0]).SequenceEqual(source.ShapeOf(head[0])))
        {
            return false;
        }

        long count = source.ShapeOf(head[0]).Aggregate(1L, (product, d) => product * d);
        long piece = source is SafetensorsReader ? Piece : Math.Max(1, count); // a pickle's tensors are read whole
        for (long first = 0; first < count; first += piece)
        {
            using var scope = NewDisposeScope();
            Tensor Read(string key)
            {
                if (source is not SafetensorsReader reader)
                {
                    var whole = empty([.. source.ShapeOf(key)], ScalarType.Float32);
                    source.CopyTo(key, whole);
                    return whole;
                }

                var numbers = empty([Math.Min(piece, count - first)], ScalarType.Float32);
                reader.CopyRange(key, first, numbers);
                return numbers;
            }

            if (!Read(embedding[0]).eq(Read(head[0])).all().ToBoolean())
            {
                return false;
            }
        }

        return true;
    }
}
