using System.Text.Json.Nodes;
using FuseSharp.Errors;
using FuseSharp.Json;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Tells whether a model whose head is its embedding needs a head of its own once an adapter is merged into it.</summary>
internal static class AdaptedHead
{
    private const string TokenRows = ".token_adapter.trainable_tokens_delta";
    private const string Whole = ".weight";

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

        return SameNumbers.Are(source, embedding[0], source, head[0]);
    }
}
