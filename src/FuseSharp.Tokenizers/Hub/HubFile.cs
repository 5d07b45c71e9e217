using System.Text.RegularExpressions;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>A file as the Hub describes it.</summary>
/// <param name="Name">In its repository's top folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Etag">Its checksum, lower-case hexadecimal: SHA-256 of large files, of others the SHA-1 that git gives a blob.</param>
/// <param name="Address">Where it is fetched from.</param>
internal sealed partial record HubFile(string Name, long Bytes, string Etag, Uri Address)
{
    /// <summary>Whether a name is that of a file in the top folder, on every system: it leads nowhere else and no device is called so.</summary>
    public static bool IsSafeName(string name) => PlainName().IsMatch(name) && !Device().IsMatch(name);

    /// <summary>Whether a text is a checksum of either kind.</summary>
    public static bool IsChecksum(string etag) => Checksum().IsMatch(etag);

    [GeneratedRegex(@"^[A-Za-z0-9_](?:[\w.-]{0,200}[\w-])?$", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex PlainName();

    // Windows takes these for devices, whatever stands after the first full stop.
    [GeneratedRegex(@"^(?:CON|PRN|AUX|NUL|COM\d|LPT\d)(?:\.|$)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Device();

    [GeneratedRegex("^(?:[0-9a-f]{40}|[0-9a-f]{64})$", RegexOptions.CultureInvariant)]
    private static partial Regex Checksum();
}
