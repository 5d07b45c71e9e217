using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FuseSharp.Storage.Texts;

/// <summary>Turns the XML documentation of one type into a readable text.</summary>
internal static partial class SdkDocumentationText
{
    /// <summary>The type that a member such as <c>M:System.Xml.XmlReader.Read(System.Int32)</c> belongs to: <c>System.Xml.XmlReader</c>.</summary>
    public static string TypeOf(string member)
    {
        string name = WithoutParameters(member)[2..];
        return member[0] == 'T' || name.LastIndexOf('.') < 0 ? name : name[..name.LastIndexOf('.')];
    }

    /// <summary>The text of a type: a heading, its members one after the other, a paragraph that stands twice given once.</summary>
    public static string Render(string type, IEnumerable<(string Name, XElement Member)> members)
    {
        var text = new StringBuilder();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, member) in members.OrderBy(m => m.Name[0] != 'T'))
        {
            string heading = name[0] == 'T' ? $"{Short(type)} in {Namespace(type)}" : $"{Short(type)}.{Signature(name)}";
            var paragraphs = Paragraphs(member).Where(seen.Add).ToList();
            if (paragraphs.Count > 0)
            {
                text.Append(heading).Append('\n').AppendJoin('\n', paragraphs).Append("\n\n");
            }
        }

        return text.ToString().TrimEnd('\n') + (text.Length > 0 ? "\n" : "");
    }

    private static IEnumerable<string> Paragraphs(XElement member)
    {
        foreach (var part in member.Elements())
        {
            string content = Prose(part);
            if (content.Length > 0)
            {
                yield return part.Name.LocalName switch
                {
                    "param" or "typeparam" => $"{part.Attribute("name")?.Value}: {content}",
                    "returns" => $"Returns: {content}",
                    "exception" => $"{Short(Reference(part))}: {content}",
                    _ => content,
                };
            }
        }
    }

    internal static string Prose(XElement element)
    {
        var text = new StringBuilder();
        foreach (var node in element.Nodes())
        {
            switch (node)
            {
                case XText words:
                    text.Append(Whitespace().Replace(words.Value, " "));
                    break;
                case XElement { Name.LocalName: "see" or "seealso" or "paramref" or "typeparamref" } reference:
                    text.Append(Short(Reference(reference)) is { Length: > 0 } shown ? shown : Prose(reference));
                    break;
                case XElement { Name.LocalName: "code" } code:
                    text.Append('\n').Append(code.Value.ReplaceLineEndings("\n").Trim('\n')).Append('\n');
                    break;
                case XElement { Name.LocalName: "para" or "item" or "list" or "example" or "term" } block:
                    text.Append('\n').Append(Prose(block)).Append('\n');
                    break;
                case XElement other:
                    text.Append(Prose(other));
                    break;
            }
        }

        return BlankLines().Replace(text.ToString(), "\n").Trim();
    }

    internal static string Reference(XElement element)
        => element.Attribute("cref")?.Value ?? element.Attribute("name")?.Value ?? element.Attribute("langword")?.Value ?? "";

    // "M:System.String.Join``1(System.String)" -> "Join"
    internal static string Short(string reference)
    {
        string name = WithoutParameters(reference);
        name = name[(name.LastIndexOf('.') + 1)..];
        int tick = name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? name : name[..tick];
    }

    internal static string Signature(string member)
    {
        string name = Short(member).Replace("#ctor", "new", StringComparison.Ordinal);
        int open = member.IndexOf('(', StringComparison.Ordinal);
        return open < 0 ? name : $"{name}({string.Join(", ", member[(open + 1)..].TrimEnd(')').Split(',').Select(p => Short(p).TrimEnd('}', '@', '[', ']')))})";
    }

    private static string Namespace(string type) => type.LastIndexOf('.') is > 0 and int dot ? type[..dot] : type;

    private static string WithoutParameters(string member)
        => member.IndexOf('(', StringComparison.Ordinal) is > 0 and int open ? member[..open] : member;

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();

    [GeneratedRegex(@" *\n[ \n]*\n *(?=\S)|\n +\n")]
    private static partial Regex BlankLines();
}
