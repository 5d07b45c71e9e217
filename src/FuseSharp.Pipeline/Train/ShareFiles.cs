using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>An optimizer's state in files, one for each rank: <c>optimizer-00002-of-00004.safetensors</c>, or <c>optimizer.safetensors</c> of a single one.</summary>
/// <remarks>Put one behind the other in order they are the state of all parameters: a run with another number of ranks reads from them the share that is its own.</remarks>
internal static class ShareFiles
{
    private const string Name = "optimizer";
    private const string Extension = ".safetensors";

    /// <summary>Writes this rank's share.</summary>
    public static void Write(string folder, FlatAdamW optimizer, IProcessGroup ranks, bool withMoments)
    {
        string part = ranks.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{ranks.Rank + 1:D5}-of-{ranks.Count:D5}");
        SafetensorsWriter.Write(Path.Combine(folder, Name + part + Extension), Tensors(optimizer, withMoments));
    }

    /// <summary>Reads this rank's share, whoever wrote it.</summary>
    /// <exception cref="ArtifactException">The files are of another model, or one is missing or damaged.</exception>
    public static void Read(string folder, FlatAdamW optimizer, bool withMoments)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, share) in Tensors(optimizer, withMoments))
        {
            long start = 0;
            foreach (string path in Directory.EnumerateFiles(folder, Name + "*" + Extension).Order(StringComparer.Ordinal))
            {
                start += CopyCommon(path, name, start, share, optimizer.Start);
            }

            if (start != optimizer.Count)
            {
                throw new ArtifactException(FormattableString.Invariant($"'{folder}' holds '{name}' of {start} weights, the model has {optimizer.Count}: it is of another model or damaged. Delete it."));
            }
        }
    }

    // What a file, which begins at a place in the whole, holds of this rank's share. Returns its length.
    private static long CopyCommon(string path, string name, long start, Tensor share, long shareStart)
    {
        using var reader = new SafetensorsReader(path);
        if (!reader.Names.Contains(name))
        {
            throw new ArtifactException($"'{path}' does not hold '{name}': it is damaged. Delete its folder and run again.");
        }

        long length = reader.ShapeOf(name)[0];
        long from = Math.Max(start, shareStart);
        long count = Math.Min(start + length, shareStart + share.numel()) - from;
        if (count > 0)
        {
            reader.CopyRange(name, from - start, share.narrow(0, from - shareStart, count));
        }

        return length;
    }

    private static IEnumerable<(string Name, Tensor Value)> Tensors(FlatAdamW optimizer, bool withMoments)
        => withMoments ? [("first_moment", optimizer.FirstMoment), ("master", optimizer.Master), ("second_moment", optimizer.SecondMoment)] : [("master", optimizer.Master)];
}
