using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>The head of a model whose head is its embedding, under the name that a head has: what an untied model is merged with.</summary>
/// <param name="embedding">Where the embedding lies; not owned.</param>
/// <param name="name">The embedding's name there.</param>
internal sealed class TiedHead(ITensorSource embedding, string name) : ITensorSource
{
    // Names of the embedding and of a head of its own, in each family.
    private static readonly (string Embedding, string Head)[] _names =
    [
        ("model.embed_tokens.weight", "lm_head.weight"), ("gpt_neox.embed_in.weight", "embed_out.weight"), ("transformer.wte.weight", "lm_head.weight"), ("wte.weight", "lm_head.weight"),
    ];

    /// <inheritdoc/>
    public string Path => embedding.Path;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => [.. _names.Select(n => n.Head).Distinct()];

    /// <summary>Whether a tensor is a head.</summary>
    public static bool IsHead(string name) => name is "lm_head.weight" or "embed_out.weight";

    /// <summary>Puts the head among the tensors of a tied model, in place of a copy that a file may hold.</summary>
    /// <param name="tensors">By name; get the head.</param>
    public static void AddTo(Dictionary<string, ITensorSource> tensors)
    {
        foreach (var (stored, head) in _names)
        {
            if (tensors.TryGetValue(stored, out var source))
            {
                tensors[head] = new TiedHead(source, stored);
                return;
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string head) => embedding.ShapeOf(name);

    /// <inheritdoc/>
    public void CopyTo(string head, Tensor destination) => embedding.CopyTo(name, destination);

    /// <inheritdoc/>
    public void Dispose() => embedding.Dispose();
}
