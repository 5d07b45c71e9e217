using System.Globalization;
using System.Text.RegularExpressions;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Cuts a Jinja template into tokens, with the white space rules that Hugging Face sets for chat templates.</summary>
/// <remarks><c>trim_blocks</c>: a line end behind <c>%}</c> or <c>#}</c> falls away. <c>lstrip_blocks</c>: so do spaces from a line's start to <c>{%</c> or <c>{#</c>.
/// <c>-</c> inside a tag takes all white space on its side, <c>+</c> none. All line ends become line feeds, and one at the template's end falls away.</remarks>
internal sealed partial class TemplateLexer
{
    private static readonly string[] _symbols = ["==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "|", ".", ",", ":", "(", ")", "[", "]", "{", "}", "=", "<", ">"];

    private readonly string _source;
    private readonly List<TemplateToken> _tokens = [];
    private int _at;
    private int _line = 1;
    private int _counted; // up to where _line was counted

    /// <param name="source">The template.</param>
    public TemplateLexer(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        _source = source.EndsWith('\n') ? source[..^1] : source;
    }

    /// <summary>All tokens, the last of kind <see cref="TemplateTokenKind.End"/>.</summary>
    /// <exception cref="TemplateException">A tag or text is not closed, or there is a character that means nothing.</exception>
    public List<TemplateToken> Read()
    {
        while (_at < _source.Length)
        {
            int tag = NextTag(_at);
            AddText(_source[_at..tag], tag);
            _at = tag;
            if (tag == _source.Length)
            {
                break;
            }

            switch (_source[tag + 1])
            {
                case '#':
                    SkipComment();
                    break;
                case '{':
                    ReadTag("{{", "}}");
                    break;
                default:
                    ReadBlock();
                    break;
            }
        }

        _tokens.Add(new TemplateToken(TemplateTokenKind.End, "the end", LineOf(_source.Length)));
        return _tokens;
    }

    private void ReadBlock()
    {
        if (RawBegin().Match(_source, _at) is { Success: true } raw)
        {
            ReadRaw(raw);
        }
        else
        {
            ReadTag("{%", "%}");
        }
    }

    private int NextTag(int from)
    {
        for (int i = from; i + 1 < _source.Length; i++)
        {
            if (_source[i] == '{' && _source[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }

        return _source.Length;
    }

    // Text before a tag, without the white space that the tag takes.
    private void AddText(string text, int tag)
    {
        int line = LineOf(tag - text.Length);
        if (tag < _source.Length)
        {
            char sign = tag + 2 < _source.Length ? _source[tag + 2] : ' ';
            int lineStart = text.LastIndexOf('\n') + 1;
            bool startsLine = lineStart > 0 || tag == text.Length || _source[tag - text.Length - 1] == '\n';
            if (sign == '-')
            {
                text = PythonText.Strip(text, null, left: false, right: true);
            }
            else if (sign != '+' && _source[tag + 1] != '{' && startsLine && text.Skip(lineStart).All(PythonText.IsSpace))
            {
                text = text[..lineStart];
            }
        }

        if (text.Length > 0)
        {
            _tokens.Add(new TemplateToken(TemplateTokenKind.Text, text, line));
        }
    }

    private void SkipComment()
    {
        int end = _source.IndexOf("#}", _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException(LineOf(_at), "has a comment without '#}'");
        }

        _at = end + 2;
        SkipBehindTag(_source[end - 1], isBlock: true);
    }

    private void SkipBehindTag(char sign, bool isBlock)
    {
        if (sign == '-')
        {
            while (_at < _source.Length && PythonText.IsSpace(_source[_at]))
            {
                _at++;
            }
        }
        else if (isBlock && sign != '+')
        {
            _at += _at < _source.Length && _source[_at] == '\n' ? 1 : 0;
        }
    }

    private void ReadTag(string open, string close)
    {
        int start = LineOf(_at);
        _tokens.Add(new TemplateToken(TemplateTokenKind.Symbol, open, start));
        _at += 2;
        _at += _at < _source.Length && _source[_at] is '-' or '+' ? 1 : 0;
        int brackets = 0; // a mapping's own brace is no end of the tag
        while (true)
        {
            while (_at < _source.Length && PythonText.IsSpace(_source[_at]))
            {
                _at++;
            }

            if (_at >= _source.Length)
            {
                throw new TemplateException(start, $"has '{open}' without '{close}'");
            }

            int signs = _source[_at] == '-' || (_source[_at] == '+' && close == "%}") ? 1 : 0;
            if (brackets == 0 && string.CompareOrdinal(_source, _at + signs, close, 0, 2) == 0)
            {
                _tokens.Add(new TemplateToken(TemplateTokenKind.Symbol, close, LineOf(_at)));
                _at += signs + 2;
                SkipBehindTag(_source[_at - 3], isBlock: close == "%}");
                return;
            }

            ReadToken();
            brackets += _tokens[^1] switch { { Kind: TemplateTokenKind.Symbol, Value: "{" or "[" or "(" } => 1, { Kind: TemplateTokenKind.Symbol, Value: "}" or "]" or ")" } => -1, _ => 0 };
        }
    }

    private void ReadToken()
    {
        char first = _source[_at];
        int line = LineOf(_at);
        if (first is '"' or '\'')
        {
            string text = StringLiteral.Read(_source, ref _at, line);
            _tokens.Add(new TemplateToken(TemplateTokenKind.Quoted, text, line));
        }
        else if (char.IsAsciiDigit(first) && Number().Match(_source, _at) is { Success: true } number)
        {
            // Behind a point stands a place, as in x.0.1, not a fraction.
            bool isPlace = _tokens[^1] is { Kind: TemplateTokenKind.Symbol, Value: "." };
            Add(TemplateTokenKind.Number, _at + (isPlace ? number.Groups["whole"].Length : number.Length), line);
        }
        else if (Name().Match(_source, _at) is { Success: true } name)
        {
            Add(TemplateTokenKind.Name, _at + name.Length, line);
        }
        else
        {
            string symbol = Array.Find(_symbols, s => string.CompareOrdinal(_source, _at, s, 0, s.Length) == 0)
                ?? throw new TemplateException(line, string.Create(CultureInfo.InvariantCulture, $"has the character '{(char.IsSurrogate(first) || char.IsControl(first) ? '?' : first)}' where none was expected"));
            Add(TemplateTokenKind.Symbol, _at + symbol.Length, line);
        }
    }

    private void Add(TemplateTokenKind kind, int end, int line)
    {
        _tokens.Add(new TemplateToken(kind, _source[_at..end], line));
        _at = end;
    }

    // {% raw %} … {% endraw %}: what is between is text.
    private void ReadRaw(Match begin)
    {
        int start = begin.Index + begin.Length;
        if (RawEnd().Match(_source, start) is not { Success: true } end)
        {
            throw new TemplateException(LineOf(begin.Index), "has 'raw' without 'endraw'");
        }

        AddText(_source[start..end.Index], end.Index);
        _at = end.Index + end.Length;
    }

    // Asked for places in order, so that the whole is counted once.
    private int LineOf(int position)
    {
        if (position > _counted)
        {
            _line += _source.AsSpan(_counted, position - _counted).Count('\n');
            _counted = position;
        }

        return _line;
    }

    [GeneratedRegex(@"\G\{%[-+]?[\s\x1C-\x1F]*raw[\s\x1C-\x1F]*(?:-%\}[\s\x1C-\x1F]*|%\})", RegexOptions.CultureInvariant)]
    private static partial Regex RawBegin();

    [GeneratedRegex(@"\{%[-+]?[\s\x1C-\x1F]*endraw[\s\x1C-\x1F]*(?:\+%\}|-%\}[\s\x1C-\x1F]*|%\}\n?)", RegexOptions.CultureInvariant)]
    private static partial Regex RawEnd();

    [GeneratedRegex(@"\G(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?<whole>[0-9](?:_?[0-9])*)(?:\.[0-9](?:_?[0-9])*)?(?:[eE][-+]?[0-9](?:_?[0-9])*)?)", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"\G[\p{L}\p{Nl}_][\w]*", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
