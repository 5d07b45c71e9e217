using System.Text.RegularExpressions;

namespace FuseSharp.Models.Export;

/// <summary>The parts of a model's id as llama.cpp's converter tells them apart: <c>mistralai/Mistral-7B-v0.1</c> is "Mistral 7B v0.1", version v0.1, of "Mistralai".</summary>
/// <param name="Name">As a title.</param>
/// <param name="Organization">As a title; null for an id without one.</param>
/// <param name="Version">Null where there is none.</param>
/// <param name="Place">Its address; null for an id without an organization.</param>
internal sealed partial record ModelIdParts(string? Name, string? Organization, string? Version, string? Place)
{
    private const string Hub = "https://huggingface.co/";

    /// <summary>Takes an id, an address or any other name apart.</summary>
    public static ModelIdParts Parse(string id)
    {
        if (id.Contains("://", StringComparison.Ordinal))
        {
            string rest = id.StartsWith(Hub, StringComparison.Ordinal) ? id[Hub.Length..] : "";
            return rest.Count(c => c == '/') == 1 ? Parse(rest) : new(null, null, null, id);
        }

        if (id.Contains(' ', StringComparison.Ordinal))
        {
            return new(Title(id), null, null, null);
        }

        int slash = id.IndexOf('/', StringComparison.Ordinal);
        string name = id[(slash + 1)..];
        string? organization = slash > 0 && id[0] != '.' ? id[..slash] : null;
        return new(Title(name), organization is null ? null : Title(organization), VersionOf(name), organization is null ? null : $"{Hub}{organization}/{name}");
    }

    // A number right after the first words belongs to the name (Llama-2-7b), any other is a version.
    private static string? VersionOf(string name)
    {
        string[] parts = name.Split('-', StringSplitOptions.RemoveEmptyEntries);
        bool[] isVersion = [.. parts.Select(p => VersionNumber().IsMatch(p))];
        int start = 0;
        while (start < parts.Length && (isVersion[start] || (char.IsLetter(parts[start][0]) && !Type().IsMatch(parts[start]) && !(start > 0 && SizeOrTuning().IsMatch(parts[start])))))
        {
            start++;
        }

        for (bool isAllName = start == parts.Length; isAllName && start > 0 && isVersion[start - 1]; start--)
        {
            // A number at the very end is none of the name.
        }

        return string.Join('-', parts.Where((_, i) => i >= start && isVersion[i])) is { Length: > 0 } version ? version : null;
    }

    private static string Title(string text)
        => string.Join(' ', text.Replace('-', ' ').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(w => IsLower(w) && !NumberOrVersion().IsMatch(w) ? Capitals(w) : w));

    private static bool IsLower(string word) => word.Any(char.IsLower) && !word.Any(char.IsUpper);

    private static string Capitals(string word) => string.Concat(word.Select((c, i) => i == 0 || !char.IsLetter(word[i - 1]) ? char.ToUpperInvariant(c) : c));

    [GeneratedRegex(@"^(v|iter)?[0-9]+([.][0-9]+)*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex VersionNumber();

    [GeneratedRegex(@"^(i?q[0-9](_\w)*|b?fp?(16|32))$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Type();

    [GeneratedRegex(@"^((A|[0-9]+x)?[0-9]+([._][0-9]+)?[KMBT][0-9]?|small|mini|medium|large|x?xl|chat|instruct|vision|lora)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex SizeOrTuning();

    [GeneratedRegex(@"^(v[0-9]+(\.[0-9]+)*|[0-9].*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex NumberOrVersion();
}
