using System.Text.RegularExpressions;

namespace FuseSharp.Files;

/// <summary>Where the files of one model lie in Hugging Face's cache: contents under their checksums, snapshots that name them, and the commits that revisions stand for.</summary>
/// <remarks>The layout is that of huggingface_hub: <c>models--owner--name/blobs/ETAG</c>, <c>…/snapshots/COMMIT/FILE</c> (links to blobs), <c>…/refs/REVISION</c> (a commit), <c>.locks/models--owner--name/ETAG.lock</c>.</remarks>
/// <param name="cache">The folder of the cache.</param>
/// <param name="name">The model.</param>
public sealed partial class HubRepository(string cache, HubName name)
{
    internal const string Prefix = "models--";
    internal const string Snapshots = "snapshots";
    private const int LongestCommit = 128;

    /// <summary>The folder of the model.</summary>
    public string Folder { get; } = Path.Combine(cache, FolderName(name));

    /// <summary>The file that says which commit a revision stands for.</summary>
    public string Reference => Path.Combine(Folder, "refs", Path.Combine(name.Revision.Split('/')));

    /// <summary>The commit that the named revision stands for here, or that it is itself; null where neither is known.</summary>
    public string? Commit
        => (File.Exists(Reference) ? BoundedFile.ReadText(Reference, LongestCommit)?.Trim() ?? "" : name.Revision) is var commit && CommitName().IsMatch(commit) ? commit : null;

    /// <summary>The folder with the files of a commit.</summary>
    /// <param name="commit">Its 40 digits.</param>
    public string Snapshot(string commit) => Path.Combine(Folder, Snapshots, commit);

    /// <summary>The file with the contents that have a checksum.</summary>
    /// <param name="etag">SHA-256 or git's SHA-1, hexadecimal.</param>
    public string Blob(string etag) => Path.Combine(Folder, "blobs", etag);

    /// <summary>The file that whoever fetches such contents holds locked.</summary>
    /// <param name="etag">Their checksum.</param>
    public string Lock(string etag) => Path.Combine(cache, ".locks", FolderName(name), etag + ".lock");

    private static string FolderName(HubName name) => $"{Prefix}{name.Owner}--{name.Name}";

    // A folder's name and nothing that leads elsewhere.
    [GeneratedRegex(@"^[A-Za-z0-9][\w-]*$", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex CommitName();
}
