using FuseSharp.Errors;
using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Reads the tensors of a pytorch_model.bin: a zip file with a pickle that describes them and a stored entry for each one's numbers.</summary>
/// <remarks>The pickle runs in <see cref="TensorUnpickler"/>, which can build tensors and nothing else.</remarks>
internal sealed class PickleReader : ITensorSource
{
    private const int LargestPickle = 256 << 20;

    private readonly MappedFile _file;
    private readonly Dictionary<string, (PickledTensor Tensor, long Start)> _tensors = new(StringComparer.Ordinal);

    /// <summary>Opens a file and checks that every tensor lies inside its entry.</summary>
    /// <exception cref="ModelException">The file is damaged, of the format before PyTorch 1.6, or its pickle names anything but tensors.</exception>
    public PickleReader(string path)
    {
        _file = !LfsPointer.Is(path) ? new MappedFile(path) : throw new ModelException($"'{path}' {LfsPointer.Message}");
        try
        {
            Open();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <inheritdoc/>
    public IReadOnlyList<long> ShapeOf(string name) => _tensors[name].Tensor.Shape;

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor destination)
    {
        var (tensor, start) = _tensors[name];
        if (tensor.IsContiguous)
        {
            TensorChunks.Fill(_file, start, tensor.Storage.Type, destination);
            return;
        }

        // A view into a larger storage, such as a transposed matrix: read what it spans, then take its elements.
        using var noGradient = no_grad();
        using var span = empty([tensor.Span], tensor.Storage.Type);
        TensorChunks.Fill(_file, start, tensor.Storage.Type, span);
        using var view = span.as_strided(tensor.Shape, tensor.Strides);
        destination.copy_(view);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Open()
    {
        var entries = ZipEntries.Read(_file);
        string pickle = entries.Keys.Where(n => n.EndsWith("/data.pkl", StringComparison.Ordinal) && n.IndexOf('/', StringComparison.Ordinal) == n.Length - 9).ToArray() is [var only] ? only
            : throw Error("holds no data.pkl, or several, expected one, as torch.save writes it");
        string prefix = pickle[..^"data.pkl".Length];
        if (entries.TryGetValue(prefix + "byteorder", out var order) && order.Length == 3)
        {
            throw Error("was written on a big-endian machine, expected a little-endian one");
        }

        var (start, length) = entries[pickle];
        if (length > LargestPickle)
        {
            throw Error(FormattableString.Invariant($"has a data.pkl of {length} bytes, expected at most {LargestPickle}"));
        }

        foreach (var (name, tensor) in new TensorUnpickler(_file.ReadBytes(start, (int)length), Path).Read())
        {
            if (!entries.TryGetValue($"{prefix}data/{tensor.Storage.Key}", out var data))
            {
                throw Error($"lacks the numbers '{tensor.Storage.Key}' of tensor '{name}'");
            }

            int size = SafetensorsType.SizeOf(tensor.Storage.Type);
            if (tensor.Offset + (Int128)tensor.Span > data.Length / size)
            {
                throw Error(FormattableString.Invariant($"gives tensor '{name}' the shape [{string.Join(", ", tensor.Shape)}], for which {data.Length} bytes are too few"));
            }

            _tensors.Add(name, (tensor, data.Start + (tensor.Offset * size)));
        }
    }

    private ModelException Error(string what) => new($"'{Path}' {what}. Get the file again, or the model's safetensors.");
}
