using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Pipeline.Train.Exchange;
using FuseSharp.Storage.Ranks;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>An optimizer's state in files, one for each rank: <c>optimizer-00002-of-00004.safetensors</c>, or <c>optimizer.safetensors</c> of a single one.</summary>
/// <remarks>Each says how many numbers of a bucket it holds, so that a run with another number of ranks finds in them what is its own. Those of earlier versions, which do not say, hold one piece each.</remarks>
internal static class ShareFiles
{
    private const string Name = "optimizer";
    private const string Extension = ".safetensors";
    private const string PartName = "part";

    /// <summary>Writes this rank's share.</summary>
    public static void Write(string folder, FlatAdamW optimizer, IProcessGroup ranks, bool withMoments)
    {
        string part = ranks.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{ranks.Rank + 1:D5}-of-{ranks.Count:D5}");
        using var scope = NewDisposeScope();
        (string, Tensor)[] layout = ranks.Count == 1 ? [] : [(PartName, tensor([optimizer.Layout.Part]))];
        SafetensorsWriter.Write(Path.Combine(folder, Name + part + Extension), [.. Tensors(optimizer, withMoments), .. layout]);
    }

    /// <summary>Reads this rank's share, whoever wrote it.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <param name="optimizer">Gets it.</param>
    /// <param name="rank">This one.</param>
    /// <param name="withMoments">Whether they hold more than weights.</param>
    /// <exception cref="ArtifactException">The files are of another model, or one is missing or damaged.</exception>
    public static void Read(string folder, FlatAdamW optimizer, int rank, bool withMoments)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        string[] files = [.. Directory.EnumerateFiles(folder, Name + "*" + Extension).Order(StringComparer.Ordinal)];
        foreach (var (name, share) in Tensors(optimizer, withMoments))
        {
            long found = 0;
            bool fits = true;
            for (int writer = 0; writer < files.Length; writer++)
            {
                using var reader = new SafetensorsReader(files[writer]);
                if (!reader.Names.Contains(name))
                {
                    throw new ArtifactException($"'{files[writer]}' does not hold '{name}': it is damaged. Delete its folder and run again.");
                }

                var layout = LayoutOf(reader, optimizer.Count, files.Length);
                found += reader.ShapeOf(name)[0];
                fits &= reader.ShapeOf(name)[0] == layout.ShareOf(writer);
                if (fits)
                {
                    CopyCommon(reader, name, [.. layout.PartsOf(writer)], share, optimizer.Layout.PartsOf(rank));
                }
            }

            if (!fits || found != optimizer.Count)
            {
                throw new ArtifactException(FormattableString.Invariant($"'{folder}' holds '{name}' of {found} weights, the model has {optimizer.Count}: it is of another model or damaged. Delete it."));
            }
        }
    }

    private static RankLayout LayoutOf(SafetensorsReader reader, long count, int writers)
    {
        if (!reader.Names.Contains(PartName))
        {
            return RankLayout.Whole(count, writers);
        }

        using var scope = NewDisposeScope();
        return new RankLayout(count, writers, Math.Clamp(reader.Read(PartName).item<long>(), 1, Math.Max(1, count)));
    }

    // What a file holds of this rank's share; both in order.
    private static void CopyCommon(SafetensorsReader reader, string name, (long Start, long InShare, long Count)[] written, Tensor share, IEnumerable<(long Start, long InShare, long Count)> own)
    {
        int next = 0;
        foreach (var (start, inShare, length) in own)
        {
            while (next < written.Length && written[next].Start + written[next].Count <= start)
            {
                next++;
            }

            for (int i = next; i < written.Length && written[i].Start < start + length; i++)
            {
                long from = Math.Max(start, written[i].Start);
                long count = Math.Min(start + length, written[i].Start + written[i].Count) - from;
                reader.CopyRange(name, written[i].InShare + from - written[i].Start, share.narrow(0, inShare + from - start, count));
            }
        }
    }

    private static IEnumerable<(string Name, Tensor Value)> Tensors(FlatAdamW optimizer, bool withMoments)
        => withMoments ? [("first_moment", optimizer.FirstMoment), ("master", optimizer.Master), ("second_moment", optimizer.SecondMoment)] : [("master", optimizer.Master)];
}
