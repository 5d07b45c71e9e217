using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FuseSharp.Options;
using FuseSharp.Storage.Texts;

namespace FuseSharp.Pipeline.Tests.Documents;

/// <summary>Records that YAML fills, as tables of their keys: default, range and meaning straight from the code and its documentation.</summary>
internal static partial class KeyTables
{
    // Options stand with their stages, in several projects.
    private static readonly Dictionary<string, XElement> _comments = Directory.EnumerateFiles(AppContext.BaseDirectory, "FuseSharp.*.xml")
        .SelectMany(f => XDocument.Load(f).Descendants("member")).DistinctBy(m => m.Attribute("name")!.Value).ToDictionary(m => m.Attribute("name")!.Value, StringComparer.Ordinal);

    /// <summary>Appends a section with a record's keys.</summary>
    public static void Section(StringBuilder page, string title, Type type)
    {
        object defaults = Activator.CreateInstance(type)!;
        page.Append(CultureInfo.InvariantCulture, $"## {title}\n\n{Comment("T:" + type.FullName)}\n\n| key | default | range | meaning |\n| --- | --- | --- | --- |\n");
        foreach (var property in type.GetProperties().Where(p => p.CanWrite))
        {
            string initial = IsOptions(property.PropertyType) ? "see below" : property.GetCustomAttribute<RequiredAttribute>() is not null ? "required" : OptionRange.IsAutomatic(property) && property.GetValue(defaults) is null ? AutomaticAttribute.Word : Show(property.GetValue(defaults));
            string range = property.GetCustomAttribute<RangeAttribute>() is { } r ? RangeOf(r) + (OptionRange.IsAutomatic(property) ? $", `{AutomaticAttribute.Word}`" : "")
                : property.PropertyType.IsEnum ? string.Join(", ", Enum.GetNames(property.PropertyType).Select(n => $"`{KeyOf(n)}`")) : "";
            string values = property.PropertyType.IsEnum ? string.Concat(Enum.GetNames(property.PropertyType).Select(n => $"<br>`{KeyOf(n)}`: {Comment($"F:{property.PropertyType.FullName}.{n}")}")) : "";
            page.Append(CultureInfo.InvariantCulture, $"| `{KeyOf(property.Name)}` | {initial} | {range} | {Comment($"P:{type.FullName}.{property.Name}")}{values} |\n");
        }

        page.Append('\n');
    }

    private static string RangeOf(RangeAttribute range)
        => Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture) > 1e15 ? $"{Show(range.Minimum)} or more" : $"{Show(range.Minimum)} to {Show(range.Maximum)}";

    /// <summary>Whether a type is a part of the recipe with keys of its own.</summary>
    public static bool IsOptions(Type type) => OptionRange.IsRecord(type) && type != typeof(TextEntry);

    /// <summary>A property as YAML writes it.</summary>
    public static string KeyOf(string name) => OptionRange.KeyOf(name);

    private static string Show(object? value) => value switch
    {
        null or "" => "–",
        " " => "one space",
        bool flag => flag ? "true" : "false",
        Enum name => KeyOf(name.ToString()),
        string text => text,
        System.Collections.ICollection { Count: 0 } => "–",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    // Summary and remarks of a member as one line of Markdown.
    private static string Comment(string member)
    {
        var parts = _comments[member].Elements().Where(e => e.Name.LocalName is "summary" or "remarks").Select(Text);
        return Whitespace().Replace(string.Join(" ", parts), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static string Text(XElement element) => string.Concat(element.Nodes().Select(n => n switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } target => $"`{KeyOf(target.Value.Split('.')[^1].Split('(')[0])}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement other => Text(other),
        _ => "",
    }));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
