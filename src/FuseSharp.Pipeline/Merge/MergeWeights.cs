using FuseSharp.Errors;
using FuseSharp.Models;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Pipeline.Merge.Methods;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Merge;

/// <summary>The tensors of several models that are to be merged, mapped at once.</summary>
internal sealed class MergeWeights : IDisposable
{
    private readonly Dictionary<string, Dictionary<string, ITensorSource>> _models = new(StringComparer.Ordinal);
    private readonly string _first;

    /// <param name="paths">Models.</param>
    public MergeWeights(IReadOnlyList<string> paths)
    {
        _first = paths[0];
        bool[] tied = [.. paths.Select(p => ModelConfig.Read(p).IsTied)];
        IsTied = Array.TrueForAll(tied, t => t);
        try
        {
            foreach (var (path, isTied) in paths.Zip(tied))
            {
                var tensors = new Dictionary<string, ITensorSource>(StringComparer.Ordinal);
                _models.Add(path, tensors);
                foreach (var source in WeightFiles.OpenAll(path))
                {
                    foreach (string name in source.Names)
                    {
                        tensors[name] = source;
                    }
                }

                if (!IsTied && isTied)
                {
                    TiedHead.AddTo(tensors);
                }
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

    /// <summary>Names of a model's tensors in ordinal order.</summary>
    public IReadOnlyList<string> NamesOf(string model) => [.. _models[model].Keys.Where(IsWeight).Order(StringComparer.Ordinal)];

    /// <summary>Shape of a tensor.</summary>
    public IReadOnlyList<long> ShapeOf(string model, string name) => _models[model][name].ShapeOf(name);

    /// <summary>What a merge of one tensor reads.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="numbers">The merge's numbers there.</param>
    /// <param name="buffers">Get the tensor's numbers.</param>
    public MergeInputs Inputs(MergedTensor tensor, MergeNumbers numbers, MergeBuffers buffers)
    {
        (ITensorSource, string) Place((string Model, string Name) source) => (_models[source.Model][source.Name], source.Name);
        return new(tensor.Name, [.. tensor.Sources.Select(Place)], tensor.Base is { } root ? Place(root) : null, numbers, buffers);
    }

    /// <summary>The first model that holds NaN or an infinity in a tensor; null where all are finite.</summary>
    /// <param name="tensor">The tensor.</param>
    public string? NotFiniteIn(MergedTensor tensor)
    {
        foreach (var (path, name) in Places(tensor))
        {
            using var scope = NewDisposeScope();
            var numbers = empty([.. ShapeOf(path, name)], ScalarType.Float32);
            _models[path][name].CopyTo(name, numbers);
            if (!FiniteNumbers.Fill(numbers))
            {
                return path;
            }
        }

        return null;
    }

    /// <summary>Compares the shapes of what each tensor is made of.</summary>
    /// <exception cref="ModelException">A model lacks a tensor, or two have it in different shapes.</exception>
    public void Check(IEnumerable<MergedTensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            var (first, firstName) = Places(tensor).First();
            foreach (var (path, name) in Places(tensor))
            {
                if (!_models[path].ContainsKey(name))
                {
                    throw new ModelException($"'{path}' lacks the tensor '{name}' of '{first}'. Merge models of one architecture and size.");
                }

                var (shape, wanted) = (ShapeOf(path, name), ShapeOf(first, firstName));
                if (!shape.SequenceEqual(wanted))
                {
                    throw new ModelException(FormattableString.Invariant($"Tensor '{name}' has the shape [{string.Join(", ", shape)}] in '{path}' and [{string.Join(", ", wanted)}] in '{first}'. Merge models of one architecture, size and vocabulary."));
                }
            }
        }
    }

    /// <summary>Compares whole models: all must have the tensors of the first, and no others.</summary>
    /// <exception cref="ModelException">One lacks a tensor or has one more.</exception>
    public void CheckNames()
    {
        foreach (string path in _models.Keys.Where(p => p != _first))
        {
            if (NamesOf(_first).FirstOrDefault(n => !_models[path].ContainsKey(n)) is { } missing)
            {
                throw new ModelException($"'{path}' lacks the tensor '{missing}' of '{_first}'. Merge models of one architecture and size.");
            }

            if (NamesOf(path).FirstOrDefault(n => !_models[_first].ContainsKey(n)) is { } extra)
            {
                throw new ModelException($"'{path}' has a tensor '{extra}' that '{_first}' lacks. Merge models of one architecture and size.");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var source in _models.Values.SelectMany(m => m.Values).Distinct())
        {
            source.Dispose();
        }
    }

    private static IEnumerable<(string Model, string Name)> Places(MergedTensor tensor) => tensor.Base is { } root ? tensor.Sources.Prepend(root) : tensor.Sources;

    // Angles that old checkpoints store, and a tied head stored a second time, are no weights of their own.
    private bool IsWeight(string name) => !name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal) && !(IsTied && TiedHead.IsHead(name));
}
