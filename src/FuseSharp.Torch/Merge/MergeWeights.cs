using FuseSharp.Core.Errors;
using FuseSharp.Torch.Checkpoints;
using FuseSharp.Torch.Models;

namespace FuseSharp.Torch.Merge;

/// <summary>The tensors of several models that are to be merged, mapped at once and checked against each other before the first is read.</summary>
internal sealed class MergeWeights : IDisposable
{
    private readonly List<(string Path, Dictionary<string, ITensorSource> Tensors)> _models = [];

    /// <param name="paths">Models; the first one is what the others are compared with.</param>
    /// <param name="config">Of the first.</param>
    /// <exception cref="ModelException">Two have tensors of different names or shapes.</exception>
    public MergeWeights(IReadOnlyList<string> paths, ModelConfig config)
    {
        try
        {
            foreach (string path in paths)
            {
                var tensors = new Dictionary<string, ITensorSource>(StringComparer.Ordinal);
                _models.Add((path, tensors));
                foreach (var source in WeightFiles.OpenAll(path))
                {
                    foreach (string name in source.Names)
                    {
                        tensors[name] = source;
                    }
                }
            }

            Names = [.. _models[0].Tensors.Keys.Where(n => IsWeight(n, config)).Order(StringComparer.Ordinal)];
            foreach (var model in _models.Skip(1))
            {
                Compare(model.Path, model.Tensors, config);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Names of the tensors in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Shape of a tensor, the same in all models.</summary>
    public IReadOnlyList<long> ShapeOf(string name) => _models[0].Tensors[name].ShapeOf(name);

    /// <summary>What a merge of one tensor reads.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="hasBase">Whether the first model is the base.</param>
    /// <param name="buffers">Get the tensor's numbers.</param>
    public MergeInputs Inputs(string name, bool hasBase, MergeBuffers buffers)
        => new(name, [.. _models.Skip(hasBase ? 1 : 0).Select(m => m.Tensors[name])], hasBase ? _models[0].Tensors[name] : null, buffers);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _models.SelectMany(m => m.Tensors.Values).Distinct())
        {
            source.Dispose();
        }
    }

    // Angles that old checkpoints store, and a tied head stored a second time, are no weights of their own.
    private static bool IsWeight(string name, ModelConfig config)
        => !name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) && !(name == "lm_head.weight" && config.Flag("tie_word_embeddings", false));

    private void Compare(string path, Dictionary<string, ITensorSource> tensors, ModelConfig config)
    {
        var (first, expected) = _models[0];
        foreach (string name in Names)
        {
            if (!tensors.TryGetValue(name, out var source))
            {
                throw new ModelException($"'{path}' lacks the tensor '{name}' of '{first}'. Merge models of one architecture and size.");
            }

            var (shape, wanted) = (source.ShapeOf(name), expected[name].ShapeOf(name));
            if (!shape.SequenceEqual(wanted))
            {
                throw new ModelException(FormattableString.Invariant($"Tensor '{name}' has the shape [{string.Join(", ", shape)}] in '{path}' and [{string.Join(", ", wanted)}] in '{first}'. Merge models of one architecture, size and vocabulary."));
            }
        }

        if (tensors.Keys.FirstOrDefault(n => IsWeight(n, config) && !expected.ContainsKey(n)) is { } extra)
        {
            throw new ModelException($"'{path}' has a tensor '{extra}' that '{first}' lacks. Merge models of one architecture and size.");
        }
    }
}
