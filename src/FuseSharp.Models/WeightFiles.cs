using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Models.Adapters;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Tokenizers.Gguf;


namespace FuseSharp.Models;

/// <summary>Finds the files of a model's weights, in whatever container they came.</summary>
public static class WeightFiles
{
    private const string SinglePickle = "pytorch_model.bin";
    private const string PickleIndex = "pytorch_model.bin.index.json";

    /// <summary>Opens them one after the other; each is disposed when the next is asked for.</summary>
    /// <param name="path">A folder with safetensors (preferred) or pytorch_model.bin, single or sharded; with an adapter, which is merged into its base; or a GGUF file.</param>
    /// <exception cref="ModelException">There are none, or one is damaged.</exception>
    public static IEnumerable<ITensorSource> Open(string path)
    {
        foreach (var open in Sources(path))
        {
            using var source = open();
            yield return source;
        }
    }

    /// <summary>Opens all of them at once; they are mapped, not read.</summary>
    /// <param name="path">As for <see cref="Open(string)"/>.</param>
    public static List<ITensorSource> OpenAll(string path)
    {
        var sources = new List<ITensorSource>();
        try
        {
            foreach (var open in Sources(path))
            {
                sources.Add(open());
            }

            return sources;
        }
        catch
        {
            sources.ForEach(s => s.Dispose());
            throw;
        }
    }

    /// <summary>The files one by one, each to be opened by itself: one that is damaged does not hide the others' faults.</summary>
    /// <param name="path">As for <see cref="Open(string)"/>.</param>
    public static IEnumerable<Func<ITensorSource>> Each(string path) => Sources(path);

    /// <summary>Whether a folder that tells a model's shape holds no file of weights at all, as one that is still to be downloaded; false for a folder of which files are missing, and for what is no folder.</summary>
    /// <param name="path">A model's folder.</param>
    public static bool AreAbsent(string path)
        => File.Exists(Path.Combine(path, "config.json")) && !AdapterFolder.Is(path) && !Directory.EnumerateFiles(path, "*.safetensors").Concat(Directory.EnumerateFiles(path, "pytorch_model*.bin")).Any();

    private static IEnumerable<Func<ITensorSource>> Sources(string path)
        => AdapterFolder.Is(path) ? [() => new AdaptedWeights(path)]
            : GgufFile.IsGguf(path) ? [() => new GgufWeights(GgufFile.Read(path))] : Find(path).Select(f => (Func<ITensorSource>)(() => Open(f.File, f.Names)));

    private static ITensorSource Open(string file, HashSet<string>? names)
    {
        var source = file.EndsWith(".bin", StringComparison.Ordinal) ? (ITensorSource)new PickleReader(file) : new SafetensorsReader(file);
        if (names?.FirstOrDefault(n => !source.Names.Contains(n)) is not { } missing)
        {
            return source;
        }

        source.Dispose();
        throw new ModelException($"'{file}' lacks tensor '{missing}', which its index expects there. Get both files again.");
    }

    private static IEnumerable<(string File, HashSet<string>? Names)> Find(string folder)
    {
        string At(string name) => Path.Combine(folder, name);
        return File.Exists(At(ShardIndex.SingleFile)) ? [(At(ShardIndex.SingleFile), null)]
            : File.Exists(At(ShardIndex.FileName)) ? ShardIndex.Read(At(ShardIndex.FileName), ".safetensors").Select(s => (s.Key, (HashSet<string>?)s.Value))
            : File.Exists(At(SinglePickle)) ? [(At(SinglePickle), null)]
            : File.Exists(At(PickleIndex)) ? ShardIndex.Read(At(PickleIndex), ".bin").Select(s => (s.Key, (HashSet<string>?)s.Value))
            : throw new ModelException($"'{folder}' holds neither {ShardIndex.SingleFile} nor {SinglePickle} nor an index of either. {MissingPath.PartRemedy(folder)}");
    }
}
