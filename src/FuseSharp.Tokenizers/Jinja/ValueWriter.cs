using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Writes values as Python's <c>repr</c> does.</summary>
/// <param name="run">Counts what is written, before it is: a list can hold another one many times.</param>
internal sealed class ValueWriter(TemplateRun run)
{
    private readonly StringBuilder _text = new();

    /// <summary>How Python shows a value.</summary>
    public static string Representation(TemplateRun run, object? value)
    {
        var writer = new ValueWriter(run);
        writer.Write(value);
        return writer._text.ToString();
    }

    private void Add(string text) => _text.Append(run.Counted(text));

    private void Write(object? value)
    {
        run.CountSize(value);
        switch (value)
        {
            case null:
                Add("None");
                break;
            case bool flag:
                Add(flag ? "True" : "False");
                break;
            case long number:
                Add(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                Add(PythonNumber.Text(number));
                break;
            case string text:
                Quote(text);
                break;
            case TemplateTuple tuple:
                WriteItems('(', tuple, tuple.Count == 1 ? ",)" : ")");
                break;
            case List<object?> list:
                WriteItems('[', list, "]");
                break;
            case TemplateMapping mapping:
                WriteMapping(mapping);
                break;
            case Undefined:
                Add("Undefined");
                break;
            default:
                throw new TemplateException(0, "writes a function");
        }
    }

    private void WriteItems(char open, List<object?> items, string close)
    {
        using var level = run.Enter();
        _text.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            Add(i == 0 ? "" : ", ");
            Write(items[i]);
        }

        Add(close);
    }

    private void WriteMapping(TemplateMapping mapping)
    {
        using var level = run.Enter();
        _text.Append(mapping.IsNamespace ? "<Namespace {" : "{");
        bool isFirst = true;
        foreach (var (key, value) in mapping)
        {
            Add(isFirst ? "" : ", ");
            isFirst = false;
            Quote(key);
            Add(": ");
            Write(value);
        }

        Add(mapping.IsNamespace ? "}>" : "}");
    }

    private void Quote(string text)
    {
        run.CountCharacters(text.Length);
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        _text.Append(quote);
        for (int at = 0; at < text.Length;)
        {
            int width = PythonText.WidthAt(text, at);
            char c = text[at];
            if (c == quote || c == '\\')
            {
                _text.Append('\\').Append(c);
            }
            else if (c is '\n' or '\r' or '\t')
            {
                _text.Append(c switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
            }
            else if (c == ' ' || IsPrintable(CharUnicodeInfo.GetUnicodeCategory(text, at)))
            {
                _text.Append(text, at, width);
            }
            else
            {
                int code = width == 2 ? char.ConvertToUtf32(c, text[at + 1]) : c;
                _text.Append(CultureInfo.InvariantCulture, $"\\{(code <= 0xFF ? $"x{code:x2}" : code <= 0xFFFF ? $"u{code:x4}" : $"U{code:x8}")}");
            }

            at += width;
        }

        _text.Append(quote);
    }

    private static bool IsPrintable(UnicodeCategory category)
        => category is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
