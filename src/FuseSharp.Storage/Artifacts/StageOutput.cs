namespace FuseSharp.Storage.Artifacts;

/// <summary>Where a data stage writes, and how.</summary>
/// <param name="Folder">Final name of the output; the folder of all parts where several machines share the work.</param>
public sealed record StageOutput(string Folder)
{
    /// <summary>Which shards are made.</summary>
    public MachinePart Part { get; init; } = MachinePart.Whole;

    /// <summary>How they are compressed. Part of the key: it decides the files' bytes.</summary>
    public ShardCompression Compression { get; init; }

    /// <summary>Whether shards of an output that is already complete are checked, and damaged ones made again.</summary>
    public bool Repairs { get; init; }

    /// <summary>Whether a document that cannot be used is left out and listed instead of ending the stage.</summary>
    /// <remarks>Not part of the key: it decides whether there is an output, not what is in it.</remarks>
    public bool SkipsBadDocuments { get; init; }

    /// <summary>The folder that this process fills.</summary>
    public string OwnFolder => Part.Count == 1 ? Folder : Path.Combine(Folder, Part.FolderName);

    /// <summary>An uncompressed output made by one machine.</summary>
    public static implicit operator StageOutput(string folder) => new(folder);
}
