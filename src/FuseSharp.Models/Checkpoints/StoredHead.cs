using System.Collections.Concurrent;
using FuseSharp.Errors;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Tells whether a checkpoint whose configuration ties head and embedding holds a head of its own all the same, as models do that were tuned or merged with an untied head.</summary>
internal static class StoredHead
{
    // Whole ones and shards; safetensors are preferred where both lie there.
    private static readonly string[] _patterns = ["model*.safetensors", "pytorch_model*.bin"];

    private static readonly ConcurrentDictionary<string, bool> _known = new(StringComparer.Ordinal);

    /// <summary>Whether both are there and differ; false where the files cannot be read, which is told of where they are loaded.</summary>
    /// <param name="folder">The model's. Its numbers are compared once, until a file changes.</param>
    public static bool IsOwn(string folder)
    {
        string[] files = _patterns.Select(p => Directory.GetFiles(folder, p)).FirstOrDefault(f => f.Length > 0) ?? [];
        if (files.Length == 0)
        {
            return false;
        }

        string state = string.Join('|', files.Select(f => new FileInfo(f) is var file ? FormattableString.Invariant($"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}") : ""));
        return _known.GetOrAdd(state, _ => Differs(files));
    }

    private static bool Differs(string[] files)
    {
        var sources = new List<ITensorSource>();
        try
        {
            foreach (string file in files)
            {
                sources.Add(file.EndsWith(".bin", StringComparison.Ordinal) ? new PickleReader(file) : new SafetensorsReader(file));
            }

            return Find(sources, EmbeddingNames.IsEmbedding) is var (embeddings, embedding) && Find(sources, EmbeddingNames.IsHead) is var (heads, head)
                && embeddings.ShapeOf(embedding).SequenceEqual(heads.ShapeOf(head)) && !SameNumbers.Are(embeddings, embedding, heads, head);
        }
        catch (Exception fault) when (fault is FuseSharpException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
        finally
        {
            sources.ForEach(s => s.Dispose());
        }
    }

    private static (ITensorSource Source, string Name)? Find(List<ITensorSource> sources, Func<string, bool> isModule)
        => sources.SelectMany(s => s.Names.Where(n => n.EndsWith(".weight", StringComparison.Ordinal) && isModule(n[..n.LastIndexOf('.')])).Select(n => ((ITensorSource, string)?)(s, n))).FirstOrDefault();
}
