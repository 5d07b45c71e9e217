using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using FuseSharp.Files;
using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Writes tensors as one safetensors file; the same tensors give the same bytes.</summary>
/// <remarks>The file appears under its name only when complete and on disk. Tensors are converted a few megabytes at a time.</remarks>
public static class SafetensorsWriter
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">Its final name.</param>
    /// <param name="tensors">Names and values, on any device; written in ordinal order of the names.</param>
    /// <param name="type">Type of all stored numbers; null for each tensor's own.</param>
    public static void Write(string path, IEnumerable<(string Name, Tensor Value)> tensors, ScalarType? type = null)
        => Write(path, tensors.Select(t => StoredTensor.From(t.Name, t.Value, type)));

    /// <summary>Writes a file whose tensors are made one by one: memory is taken for one of them.</summary>
    internal static void Write(string path, IEnumerable<StoredTensor> tensors)
    {
        StoredTensor[] ordered = [.. tensors.OrderBy(t => t.Name, StringComparer.Ordinal)];
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        long offset = 0;
        foreach (var tensor in ordered)
        {
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = SafetensorsType.NameOf(tensor.Type),
                ["shape"] = new JsonArray([.. tensor.Shape.Select(d => (JsonNode)d)]),
                ["data_offsets"] = new JsonArray(offset, offset + tensor.Bytes),
            };
            offset += tensor.Bytes;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        int padding = (8 - (json.Length % 8)) % 8; // readers map tensors at 8-byte boundaries
        using (var stream = new FileStream(path + Durable.PartialSuffix, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length + padding);
            stream.Write(length);
            stream.Write(json);
            stream.Write("       "u8[..padding]);
            foreach (var tensor in ordered)
            {
                using var scope = NewDisposeScope();
                WriteNumbers(stream, tensor.Make(), tensor.Type);
            }

            stream.Flush(flushToDisk: true);
        }

        Durable.Publish(path);
    }

    private static void WriteNumbers(FileStream stream, Tensor value, ScalarType type)
    {
        using var noGradient = no_grad();
        using var contiguous = value.detach().contiguous();
        foreach (var (piece, _) in TensorChunks.Cut(contiguous))
        {
            using var here = piece.to(type).cpu();
            stream.Write(here.bytes);
        }
    }
}
