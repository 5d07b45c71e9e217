using System.Text.RegularExpressions;

namespace FuseSharp.Files;

/// <summary>What a model is called on Hugging Face's Hub: <c>owner/name</c>, or <c>owner/name@revision</c>.</summary>
/// <param name="Owner">User or organization.</param>
/// <param name="Name">Of the repository.</param>
/// <param name="Revision">A branch, a tag, a reference such as <c>refs/pr/1</c>, or a commit; <c>main</c> where none is named.</param>
public sealed partial record HubName(string Owner, string Name, string Revision)
{
    /// <summary>The revision that a name without one means.</summary>
    public const string DefaultRevision = "main";

    /// <summary><c>owner/name</c>.</summary>
    public string Repository => $"{Owner}/{Name}";

    /// <summary>Reads a name; null for texts that are none. No part of a name leads out of a folder.</summary>
    /// <param name="text">As a user or a file wrote it.</param>
    public static HubName? Find(string text)
        => Pattern().Match(text) is not { Success: true } name ? null
            : new(name.Groups["owner"].Value, name.Groups["name"].Value, name.Groups["revision"] is { Success: true, Value: var said } ? said : DefaultRevision);

    /// <summary>The name as one writes it.</summary>
    public override string ToString() => Revision == DefaultRevision ? Repository : $"{Repository}@{Revision}";

    [GeneratedRegex(@"^(?<owner>[A-Za-z0-9][\w.-]*)/(?<name>[A-Za-z0-9][\w.-]*)(@(?<revision>[A-Za-z0-9][\w.-]*(/[\w-][\w.-]*)*))?$", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Pattern();
}
