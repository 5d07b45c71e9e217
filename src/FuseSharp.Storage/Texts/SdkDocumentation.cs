using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Texts;

/// <summary>The reference documentation beside the .NET SDK (<c>packs/*/*/ref/*/*.xml</c>, MIT) as texts: one document for every type with its members, or questions and answers about them.</summary>
/// <remarks>English prose and C# examples that every machine with the SDK has: the demo's texts. Equal documents are given once. A document's <see cref="Document.Subject"/> is its type's full name: what is asked about a type falls into the same <see cref="TextPart"/> as its text.</remarks>
public static partial class SdkDocumentation
{
    /// <summary>What stands before an area's name where a path is expected: <c>sdk:security</c>.</summary>
    public const string Prefix = "sdk:";

    /// <summary>What stands behind an area's name for questions and answers about it: <c>sdk:security-chat</c>.</summary>
    public const string ChatEnding = "-chat";

    /// <summary>The areas, each with the assemblies that make it up.</summary>
    private static readonly Dictionary<string, Regex> _assemblies = new(StringComparer.Ordinal)
    {
        ["security"] = SecurityAssemblies(),
        ["data"] = DataAssemblies(),
        ["web"] = WebAssemblies(),
    };

    private static readonly string[] _packNames = ["Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref"];

    /// <summary>Names of the areas: security (cryptography, certificates, access control), data (databases, XML, JSON, text), web (ASP.NET Core, networking).</summary>
    public static IReadOnlyCollection<string> Areas => _assemblies.Keys;

    /// <summary>The documents of one area, in ordinal order of file and type.</summary>
    /// <param name="area">One of <see cref="Areas"/>, with <see cref="ChatEnding"/> for conversations of one to three questions about a type.</param>
    /// <param name="packs">The SDK's folder <c>packs</c>; by default the one beside the running .NET.</param>
    /// <exception cref="ArtifactException">An unknown area, or a machine without this documentation.</exception>
    public static IEnumerable<Document> Read(string area, string? packs = null)
    {
        bool asks = area.EndsWith(ChatEnding, StringComparison.Ordinal);
        if (!_assemblies.TryGetValue(asks ? area[..^ChatEnding.Length] : area, out var assemblies))
        {
            throw new ArtifactException($"'{Prefix}{area}' names no area of the .NET documentation. Choose {string.Join(", ", Areas.Select(a => Prefix + a))}, or one of them with {ChatEnding} for conversations.");
        }

        packs ??= FindPacks() ?? throw new ArtifactException(
            "The reference documentation of the .NET SDK (packs/Microsoft.NETCore.App.Ref/*/ref/*/*.xml beside 'dotnet') is not on this machine. Give texts of your own.");
        string[] files = [.. Files(packs).Where(f => assemblies.IsMatch(Path.GetFileNameWithoutExtension(f)))];
        return files.SelectMany(f => ReadTypes(f, asks)).DistinctBy(d => d.Text);
    }

    /// <summary>The folder <c>packs</c> of the SDK that runs this program, or null where it holds no documentation.</summary>
    public static string? FindPacks()
    {
        // .../dotnet/shared/Microsoft.NETCore.App/10.0.x/System.Private.CoreLib.dll
        string? root = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(typeof(object).Assembly.Location))));
        string[] candidates = [Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "", root ?? ""];
        return candidates.Where(c => c.Length > 0).Select(c => Path.Combine(c, "packs")).FirstOrDefault(p => Directory.Exists(p) && Files(p).Any());
    }

    // The two packs hold the same files for what both contain; of each name the first is read, in the newest version of its pack.
    private static IEnumerable<string> Files(string packs)
        => _packNames.Select(p => Path.Combine(packs, p)).Where(Directory.Exists)
            .Select(p => Directory.GetDirectories(p).OrderByDescending(v => Version.TryParse(Path.GetFileName(v), out var version) ? version : new Version()).FirstOrDefault())
            .OfType<string>()
            .SelectMany(v => Directory.EnumerateFiles(v, "*.xml", SearchOption.AllDirectories))
            .DistinctBy(Path.GetFileName, StringComparer.Ordinal)
            .OrderBy(Path.GetFileName, StringComparer.Ordinal);

    private static List<Document> ReadTypes(string file, bool asks)
    {
        XDocument xml;
        try
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            xml = XDocument.Load(reader, LoadOptions.PreserveWhitespace);
        }
        catch (XmlException fault)
        {
            throw new ArtifactException($"'{file}' is not well-formed XML: {fault.Message} Repair the .NET SDK.", fault);
        }

        var documents = new List<Document>();
        var members = xml.Descendants("member")
            .Select(m => (Name: m.Attribute("name")?.Value ?? "", Member: m)).Where(m => m.Name.Length > 2)
            .GroupBy(m => SdkDocumentationText.TypeOf(m.Name), StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal);
        foreach (var type in members)
        {
            if (asks)
            {
                documents.AddRange(SdkQuestions.Ask(type.Key, type.OrderBy(m => m.Name[0] != 'T').ThenBy(m => m.Name, StringComparer.Ordinal))
                    .Select((c, i) => new Document(c.ToJson(), FormattableString.Invariant($"{file}:{type.Key}:{i + 1}")) { Conversation = c, Subject = type.Key }));
                continue;
            }

            string text = SdkDocumentationText.Render(type.Key, type.OrderBy(m => m.Name, StringComparer.Ordinal));
            if (text.Length >= 400) // Shorter ones are a bare sentence about a delegate or attribute.
            {
                documents.Add(new Document(text, $"{file}:{type.Key}") { Subject = type.Key });
            }
        }

        return documents;
    }

    [GeneratedRegex(@"^(System\.Security\..*|System\.Formats\..*|Microsoft\.AspNetCore\.(DataProtection|Cryptography)\b.*)$")]
    private static partial Regex SecurityAssemblies();

    [GeneratedRegex(@"^(System\.Data\..*|System\.Xml\..*|System\.Text\..*|System\.Runtime\.Serialization\..*)$")]
    private static partial Regex DataAssemblies();

    [GeneratedRegex(@"^(System\.Net\..*|System\.Web\..*|Microsoft\.Net\..*|Microsoft\.AspNetCore\.(?!DataProtection|Cryptography).*)$")]
    private static partial Regex WebAssemblies();
}
