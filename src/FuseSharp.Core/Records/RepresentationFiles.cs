using FuseSharp.Core.Artifacts;

namespace FuseSharp.Core.Records;

/// <summary>Reads the finished output of the represent stage.</summary>
public static class RepresentationFiles
{
    /// <summary>All documents, in order; one record batch is in memory at a time.</summary>
    /// <param name="folder">A model's folder.</param>
    public static IEnumerable<Representation> Read(string folder)
    {
        var table = Table(folder);
        return Shards.In(folder).SelectMany(path => Shards.Read(path, table.Of));
    }

    /// <summary>The documents of one file of the folder.</summary>
    internal static IEnumerable<Representation> ReadShard(string folder, string path) => Shards.Read(path, Table(folder).Of);

    private static RepresentationTable Table(string folder)
    {
        var figures = Manifest.Read(folder).Figures;
        return new RepresentationTable((int)figures["k"], (int)figures["vocabulary"]);
    }
}
