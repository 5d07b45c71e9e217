using System.Text;

namespace FuseSharp.Report.Content;

/// <summary>Texts of strangers inside Markdown: nothing in them is markup, a link or HTML.</summary>
internal static class MarkdownText
{
    private const string Special = "\\`*_[]<>|#~!&";

    /// <summary>One line, for paragraphs, headings and cells of tables.</summary>
    public static string Inline(string text)
    {
        var escaped = new StringBuilder();
        foreach (char c in text.ReplaceLineEndings(" "))
        {
            if (Special.Contains(c, StringComparison.Ordinal))
            {
                escaped.Append('\\');
            }

            escaped.Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>A quotation that keeps its lines.</summary>
    public static string Quote(string text) => string.Join("\n", text.ReplaceLineEndings("\n").Split('\n').Select(l => $"> {Inline(l)}  "));

    /// <summary>A block of code with a fence that the text cannot close.</summary>
    public static string CodeBlock(string text)
    {
        string fence = "```";
        while (text.Contains(fence, StringComparison.Ordinal))
        {
            fence += "`";
        }

        return $"{fence}yaml\n{text.TrimEnd('\n')}\n{fence}";
    }
}
