using System.Text.Encodings.Web;
using System.Text.Unicode;
using Fluid;
using Fluid.Values;
using FuseSharp.Report.Content;

namespace FuseSharp.Report;

/// <summary>Fills the two templates: a page that needs nothing else, and Markdown.</summary>
/// <remarks>Names, texts and samples come from strangers. The template engine encodes every value; only the charts' SVG, made here, goes through as it is.</remarks>
internal static class ReportWriter
{
    // Letters of all scripts stay as they are: the page is UTF-8.
    private static readonly HtmlEncoder _html = HtmlEncoder.Create(UnicodeRanges.All);

    private static readonly TemplateOptions _options = Options();
    private static readonly IFluidTemplate _page = Parse("report.liquid");
    private static readonly IFluidTemplate _markdown = Parse("report.md.liquid");

    /// <summary>The page.</summary>
    public static string Html(RunReport report)
    {
        var context = Context(report);
        context.SetValue("style", new StringValue(Resource("report.css"), encode: false));
        return _page.Render(context, _html);
    }

    /// <summary>The same as Markdown.</summary>
    public static string Markdown(RunReport report) => _markdown.Render(Context(report), NullEncoder.Default);

    private static TemplateContext Context(RunReport report)
    {
        var context = new TemplateContext(_options);
        context.SetValue("report", report);
        return context;
    }

    private static TemplateOptions Options()
    {
        var options = new TemplateOptions();
        options.MemberAccessStrategy = new UnsafeMemberAccessStrategy { MemberNameStrategy = MemberNameStrategies.SnakeCase }; // the values are this assembly's own records
        options.Filters.AddFilter("cell", (input, _, _) => StringValue.Create(MarkdownText.Inline(input.ToStringValue())));
        options.Filters.AddFilter("quote", (input, _, _) => StringValue.Create(MarkdownText.Quote(input.ToStringValue())));
        options.Filters.AddFilter("code", (input, _, _) => StringValue.Create(MarkdownText.CodeBlock(input.ToStringValue())));
        return options;
    }

    private static IFluidTemplate Parse(string name)
        => new FluidParser().TryParse(Resource(name), out var template, out string error) ? template : throw new InvalidOperationException($"{name}: {error}");

    private static string Resource(string name)
    {
        using var stream = typeof(ReportWriter).Assembly.GetManifestResourceStream($"FuseSharp.Report.Pages.{name}") ?? throw new InvalidOperationException($"There is no resource '{name}'.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
