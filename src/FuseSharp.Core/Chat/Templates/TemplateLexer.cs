using System.Globalization;
using System.Text;

namespace FuseSharp.Core.Chat.Templates;

/// <summary>Cuts a Jinja template into tokens, with the white space rules that Hugging Face sets for chat templates.</summary>
/// <remarks><c>trim_blocks</c>: a line end behind <c>%}</c> or <c>#}</c> falls away. <c>lstrip_blocks</c>: so do spaces from a line's start to <c>{%</c> or <c>{#</c>.
/// <c>-</c> inside a tag takes all white space on its side, <c>+</c> none.</remarks>
/// <param name="source">The template.</param>
internal sealed class TemplateLexer(string source)
{
    private static readonly string[] _symbols = ["==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "|", ".", ",", ":", "(", ")", "[", "]", "{", "}", "=", "<", ">"];

    private readonly List<TemplateToken> _tokens = [];
    private int _at;

    /// <summary>All tokens, the last of kind <see cref="TemplateTokenKind.End"/>.</summary>
    /// <exception cref="TemplateException">A tag or text is not closed, or there is a character that means nothing.</exception>
    public List<TemplateToken> Read()
    {
        while (_at < source.Length)
        {
            int tag = NextTag(_at);
            AddText(source[_at..tag], tag);
            _at = tag;
            if (tag == source.Length)
            {
                break;
            }

            switch (source[tag + 1])
            {
                case '#':
                    SkipComment();
                    break;
                case '{':
                    ReadTag("{{", "}}");
                    break;
                default:
                    ReadTag("{%", "%}");
                    ReadRaw();
                    break;
            }
        }

        _tokens.Add(new TemplateToken(TemplateTokenKind.End, "the end", LineOf(source.Length)));
        return _tokens;
    }

    private int NextTag(int from)
    {
        for (int i = from; i + 1 < source.Length; i++)
        {
            if (source[i] == '{' && source[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }

        return source.Length;
    }

    // Text before a tag, without the white space that the tag takes.
    private void AddText(string text, int tag)
    {
        if (tag < source.Length)
        {
            char sign = tag + 2 < source.Length ? source[tag + 2] : ' ';
            int lineStart = text.LastIndexOf('\n') + 1;
            bool startsLine = lineStart > 0 || tag == text.Length || source[tag - text.Length - 1] == '\n';
            if (sign == '-')
            {
                text = text.TrimEnd();
            }
            else if (sign != '+' && source[tag + 1] != '{' && startsLine && text.AsSpan(lineStart).Trim(" \t").IsEmpty)
            {
                text = text[..lineStart];
            }
        }

        if (text.Length > 0)
        {
            _tokens.Add(new TemplateToken(TemplateTokenKind.Text, text, LineOf(tag - text.Length)));
        }
    }

    private void SkipComment()
    {
        int end = source.IndexOf("#}", _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException(LineOf(_at), "has a comment without '#}'");
        }

        _at = end + 2;
        SkipBehindTag(source[end - 1], isBlock: true);
    }

    private void SkipBehindTag(char sign, bool isBlock)
    {
        if (sign == '-')
        {
            while (_at < source.Length && char.IsWhiteSpace(source[_at]))
            {
                _at++;
            }
        }
        else if (isBlock && sign != '+')
        {
            _at += source.AsSpan(_at).StartsWith("\r\n") ? 2 : source.AsSpan(_at).StartsWith("\n") ? 1 : 0;
        }
    }

    private void ReadTag(string open, string close)
    {
        int start = _at;
        _tokens.Add(new TemplateToken(TemplateTokenKind.Symbol, open, LineOf(_at)));
        _at += 2;
        _at += _at < source.Length && source[_at] is '-' or '+' ? 1 : 0;
        int braces = 0; // a mapping's own brace is no end of the tag
        while (true)
        {
            while (_at < source.Length && char.IsWhiteSpace(source[_at]))
            {
                _at++;
            }

            if (_at >= source.Length)
            {
                throw new TemplateException(LineOf(start), $"has '{open}' without '{close}'");
            }

            int signs = source[_at] is '-' or '+' ? 1 : 0;
            if (braces == 0 && string.CompareOrdinal(source, _at + signs, close, 0, 2) == 0)
            {
                _tokens.Add(new TemplateToken(TemplateTokenKind.Symbol, close, LineOf(_at)));
                _at += signs + 2;
                SkipBehindTag(source[_at - 3], isBlock: close == "%}");
                return;
            }

            ReadToken();
            braces += _tokens[^1] switch { { Kind: TemplateTokenKind.Symbol, Value: "{" } => 1, { Kind: TemplateTokenKind.Symbol, Value: "}" } => -1, _ => 0 };
        }
    }

    private void ReadToken()
    {
        char first = source[_at];
        int end = _at;
        if (first is '"' or '\'')
        {
            ReadQuoted(first);
        }
        else if (char.IsAsciiDigit(first))
        {
            while (end < source.Length && (char.IsAsciiDigit(source[end]) || (source[end] == '.' && end + 1 < source.Length && char.IsAsciiDigit(source[end + 1]))))
            {
                end++;
            }

            Add(TemplateTokenKind.Number, end);
        }
        else if (char.IsLetter(first) || first == '_')
        {
            while (end < source.Length && (char.IsLetterOrDigit(source[end]) || source[end] == '_'))
            {
                end++;
            }

            Add(TemplateTokenKind.Name, end);
        }
        else
        {
            string symbol = Array.Find(_symbols, s => string.CompareOrdinal(source, _at, s, 0, s.Length) == 0)
                ?? throw new TemplateException(LineOf(_at), string.Create(CultureInfo.InvariantCulture, $"has the character '{first}' where none was expected"));
            Add(TemplateTokenKind.Symbol, _at + symbol.Length);
        }
    }

    private void Add(TemplateTokenKind kind, int end)
    {
        _tokens.Add(new TemplateToken(kind, source[_at..end], LineOf(_at)));
        _at = end;
    }

    private void ReadQuoted(char quote)
    {
        int line = LineOf(_at);
        var text = new StringBuilder();
        for (_at++; _at < source.Length && source[_at] != quote; _at++)
        {
            if (source[_at] != '\\' || _at + 1 >= source.Length)
            {
                text.Append(source[_at]);
                continue;
            }

            _at++;
            text.Append(source[_at] switch { 'n' => "\n", 't' => "\t", 'r' => "\r", '\\' => "\\", '\'' => "'", '"' => "\"", var other => "\\" + other });
        }

        _tokens.Add(new TemplateToken(TemplateTokenKind.Quoted, text.ToString(), line));
        _at = _at < source.Length ? _at + 1 : throw new TemplateException(line, "has a text without its closing quote");
    }

    // {% raw %} … {% endraw %}: what is between is text.
    private void ReadRaw()
    {
        if (_tokens is not [.., { Value: "{%" }, { Kind: TemplateTokenKind.Name, Value: "raw" }, { Value: "%}" }])
        {
            return;
        }

        _tokens.RemoveRange(_tokens.Count - 3, 3);
        int start = _at;
        for (int tag = NextTag(start); tag < source.Length; tag = NextTag(tag + 2))
        {
            int count = _tokens.Count;
            _at = tag;
            if (source[tag + 1] == '%' && source.AsSpan(tag + 2).TrimStart("-+ \t\r\n").StartsWith("endraw", StringComparison.Ordinal))
            {
                AddText(source[start..tag], tag);
                count = _tokens.Count;
                ReadTag("{%", "%}");
                _tokens.RemoveRange(count, _tokens.Count - count);
                return;
            }
        }

        throw new TemplateException(LineOf(start), "has 'raw' without 'endraw'");
    }

    private int LineOf(int position) => 1 + source.AsSpan(0, Math.Clamp(position, 0, source.Length)).Count('\n');
}
