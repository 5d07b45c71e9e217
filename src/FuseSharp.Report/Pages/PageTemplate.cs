using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Fluid;
using Fluid.Values;
using FuseSharp.Report.Content;

namespace FuseSharp.Report.Pages;

/// <summary>A Liquid template among an assembly's resources, filled with records: a page of HTML, or Markdown.</summary>
/// <remarks>
/// Names, texts and samples come from strangers: in HTML every value is encoded, unless the template says <c>raw</c>. Records are read by their properties in snake case.
/// Markdown has the filters <c>cell</c>, <c>quote</c> and <c>code</c>.
/// </remarks>
public sealed class PageTemplate
{
    // Letters of all scripts stay as they are: pages are UTF-8.
    private static readonly HtmlEncoder _html = HtmlEncoder.Create(UnicodeRanges.All);
    private static readonly TemplateOptions _options = Options();

    private readonly IFluidTemplate _template;

    /// <param name="assembly">Which holds it.</param>
    /// <param name="resource">Its full name there.</param>
    /// <exception cref="InvalidOperationException">There is no such resource, or it is no template.</exception>
    public PageTemplate(Assembly assembly, string resource)
        => _template = new FluidParser().TryParse(Text(assembly, resource), out var template, out string error) ? template : throw new InvalidOperationException($"{resource}: {error}");

    /// <summary>A resource's text.</summary>
    /// <param name="assembly">Which holds it.</param>
    /// <param name="resource">Its full name there.</param>
    /// <exception cref="InvalidOperationException">There is no such resource.</exception>
    public static string Text(Assembly assembly, string resource)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        using var stream = assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"There is no resource '{resource}'.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Fills it as HTML.</summary>
    /// <param name="values">By the names that the template uses.</param>
    public string Html(params (string Name, object Value)[] values) => _template.Render(Context(values), _html);

    /// <summary>Fills it as it stands, without encoding.</summary>
    /// <param name="values">By the names that the template uses.</param>
    public string Plain(params (string Name, object Value)[] values) => _template.Render(Context(values), NullEncoder.Default);

    private static TemplateContext Context((string Name, object Value)[] values)
    {
        var context = new TemplateContext(_options);
        foreach (var (name, value) in values)
        {
            context.SetValue(name, value);
        }

        return context;
    }

    private static TemplateOptions Options()
    {
        var options = new TemplateOptions();
        options.MemberAccessStrategy = new UnsafeMemberAccessStrategy { MemberNameStrategy = MemberNameStrategies.SnakeCase }; // the values are records of our own
        options.Filters.AddFilter("cell", (input, _, _) => StringValue.Create(MarkdownText.Inline(input.ToStringValue())));
        options.Filters.AddFilter("quote", (input, _, _) => StringValue.Create(MarkdownText.Quote(input.ToStringValue())));
        options.Filters.AddFilter("code", (input, _, _) => StringValue.Create(MarkdownText.CodeBlock(input.ToStringValue())));
        return options;
    }
}
