using FuseSharp.Core.Artifacts;

namespace FuseSharp.Core.Records;

/// <summary>Reads the finished output of the align stage.</summary>
public static class AlignedFiles
{
    /// <summary>All documents, in order; one record batch is in memory at a time.</summary>
    /// <param name="folder">A source's folder.</param>
    public static IEnumerable<AlignedDocument> Read(string folder)
        => Shards.In(folder).SelectMany(path => Shards.Read(path, AlignedTable.Of));
}
