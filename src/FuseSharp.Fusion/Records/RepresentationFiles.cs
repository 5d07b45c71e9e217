using FuseSharp.Errors;
using FuseSharp.Storage.Artifacts;


namespace FuseSharp.Fusion.Records;

/// <summary>Reads the finished output of the represent stage.</summary>
public sealed class RepresentationFiles
{
    private readonly RepresentationTable _table;

    /// <summary>Opens it; reads no shard.</summary>
    /// <param name="folder">A model's output, of one machine or all parts of several.</param>
    public RepresentationFiles(string folder)
    {
        Store = Store.Open(folder);
        if (Store.Manifest.Stage != "represent")
        {
            throw new ArtifactException($"'{folder}' is the output of '{Store.Manifest.Stage}'. Name the output of represent.");
        }

        ProjectedOnto = Store.Manifest.Inputs.GetValueOrDefault("target_tokenizer");
        int vocabulary = Store.Manifest.Count("vocabulary");
        Conversations = RepresentedConversations.Read(Store.Manifest);
        _table = new RepresentationTable(Store.Manifest.Count("k"), vocabulary, ProjectedOnto is null ? null : Store.Manifest.Count("target_vocabulary"), Conversations is not null);
    }

    /// <summary>Fingerprint of the target's tokenizer over whose vocabulary the rows stand; null where they hold the model's own tokens.</summary>
    public string? ProjectedOnto { get; }

    /// <summary>How the model reads conversations; null where the texts hold none.</summary>
    public RepresentedConversations? Conversations { get; }

    /// <summary>The shards.</summary>
    public Store Store { get; }

    /// <summary>All pieces, in order; one row group is in memory at a time.</summary>
    /// <param name="folder">A model's folder.</param>
    public static IEnumerable<Representation> Read(string folder) => new RepresentationFiles(folder).Read();

    /// <summary>All pieces, in order; one row group is in memory at a time.</summary>
    public IEnumerable<Representation> Read() => Store.Shards.SelectMany(Read);

    /// <summary>The pieces of one shard, once its checksum has been found right.</summary>
    public IEnumerable<Representation> Read(ShardEntry shard) => Store.Read(shard, _table.Of);

    /// <summary>Refuses rows that stand over another model's vocabulary.</summary>
    /// <exception cref="ArtifactException">They do.</exception>
    internal void CheckOwnTokens()
    {
        if (ProjectedOnto is not null)
        {
            throw new ArtifactException($"'{Store.Folder}' holds rows that are projected onto a target's vocabulary, expected the target's representations, which hold its own tokens. Run 'represent' for it without a target.");
        }
    }

    /// <summary>What the pieces of one shard cost; reads no candidates.</summary>
    internal IEnumerable<PieceCost> ReadCosts(ShardEntry shard)
        => Store.Read(shard, _table.CostOf, _table.CostColumns);
}
