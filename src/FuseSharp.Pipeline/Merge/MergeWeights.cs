using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>The tensors of several models that are to be merged, mapped at once and checked against each other before the first is read.</summary>
internal sealed class MergeWeights : IDisposable
{
    private readonly List<(string Path, Dictionary<string, ITensorSource> Tensors)> _models = [];

    /// <param name="paths">Models; the first one is what the others are compared with.</param>
    /// <exception cref="ModelException">Two have tensors of different names or shapes.</exception>
    public MergeWeights(IReadOnlyList<string> paths)
    {
        bool[] tied = [.. paths.Select(p => TiedHead.IsTied(ModelConfig.Read(p)))];
        IsTied = Array.TrueForAll(tied, t => t);
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

                if (!IsTied && tied[_models.Count - 1])
                {
                    TiedHead.AddTo(tensors);
                }
            }

            Names = [.. _models[0].Tensors.Keys.Where(IsWeight).Order(StringComparer.Ordinal)];
            foreach (var model in _models.Skip(1))
            {
                Compare(model.Path, model.Tensors);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether the result's head is its embedding: only where that is so in all models.</summary>
    public bool IsTied { get; }

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

    /// <summary>The first model that holds NaN or an infinity in a tensor; null where all are finite.</summary>
    /// <param name="name">The tensor.</param>
    public string? NotFiniteIn(string name)
    {
        foreach (var (path, tensors) in _models)
        {
            using var scope = NewDisposeScope();
            var numbers = empty([.. tensors[name].ShapeOf(name)], ScalarType.Float32);
            tensors[name].CopyTo(name, numbers);
            if (!FiniteNumbers.Fill(numbers))
            {
                return path;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _models.SelectMany(m => m.Tensors.Values).Distinct())
        {
            source.Dispose();
        }
    }

    // Angles that old checkpoints store, and a tied head stored a second time, are no weights of their own.
    private bool IsWeight(string name) => !name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) && !(IsTied && TiedHead.IsHead(name));

    private void Compare(string path, Dictionary<string, ITensorSource> tensors)
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

        if (tensors.Keys.FirstOrDefault(n => IsWeight(n) && !expected.ContainsKey(n)) is { } extra)
        {
            throw new ModelException($"'{path}' has a tensor '{extra}' that '{first}' lacks. Merge models of one architecture and size.");
        }
    }
}
