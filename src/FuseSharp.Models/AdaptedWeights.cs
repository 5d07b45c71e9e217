using FuseSharp.Errors;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Checkpoints;
using static TorchSharp.torch;

namespace FuseSharp.Models;

/// <summary>The weights of a model with its adapter merged in, float32, all in memory: for what reads checkpoints, such as merges and export.</summary>
internal sealed class AdaptedWeights : ITensorSource
{
    private readonly CausalModel _model;
    private readonly Dictionary<string, Tensor> _weights;

    /// <param name="folder">The adapter's.</param>
    /// <exception cref="ModelException">It or its base is damaged, or of a kind that is not supported.</exception>
    public AdaptedWeights(string folder)
    {
        Path = folder;
        _model = ModelFolder.Load(folder, ScalarType.Float32, CPU);
        _weights = _model.named_parameters().Where(p => !LowRankAdapters.Owns(p.name)).ToDictionary(p => p.name, p => (Tensor)p.parameter, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _weights.Keys;

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string name) => _weights[name].shape;

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor destination)
    {
        using var noGradient = no_grad();
        destination.copy_(_weights[name]);
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();
}
