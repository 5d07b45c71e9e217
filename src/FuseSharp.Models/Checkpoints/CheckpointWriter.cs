namespace FuseSharp.Models.Checkpoints;

/// <summary>Writes a checkpoint as model.safetensors, or as shards with their index where it is larger than a shard.</summary>
public static class CheckpointWriter
{
    /// <summary>Writes all tensors, one at a time.</summary>
    /// <param name="folder">An existing folder; weights in it are replaced.</param>
    /// <param name="tensors">In the order in which they fill the shards.</param>
    /// <param name="shardBytes">Most bytes of a file; a single larger tensor gets a file of its own.</param>
    /// <param name="keepsFinished">Whether files that stand there complete are parts of this same checkpoint and stay.</param>
    public static void Write(string folder, IReadOnlyList<StoredTensor> tensors, long shardBytes, bool keepsFinished = false)
    {
        var shards = Shards(tensors, shardBytes);
        string[] names = [.. shards.Select((_, i) => shards.Count == 1 ? ShardIndex.SingleFile : FormattableString.Invariant($"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors"))];
        foreach (var (shard, name) in shards.Zip(names))
        {
            string file = Path.Combine(folder, name);
            if (!keepsFinished || !File.Exists(file))
            {
                SafetensorsWriter.Write(file, shard);
            }
        }

        // What an earlier model of another size left would be read instead of, or beside, this one.
        foreach (string stale in Directory.EnumerateFiles(folder, "model*.safetensors").Where(f => !names.Contains(Path.GetFileName(f))).Append(Path.Combine(folder, ShardIndex.FileName)).ToArray())
        {
            File.Delete(stale);
        }

        if (shards.Count > 1)
        {
            ShardIndex.Write(Path.Combine(folder, ShardIndex.FileName), tensors.Sum(t => t.Bytes), shards.Zip(names, (s, n) => (n, s.Select(t => t.Name))));
        }
    }

    private static List<List<StoredTensor>> Shards(IReadOnlyList<StoredTensor> tensors, long shardBytes)
    {
        var shards = new List<List<StoredTensor>> { new() };
        long filled = 0;
        foreach (var tensor in tensors)
        {
            if (filled > 0 && filled + tensor.Bytes > shardBytes)
            {
                shards.Add([]);
                filled = 0;
            }

            shards[^1].Add(tensor);
            filled += tensor.Bytes;
        }

        return shards;
    }
}
