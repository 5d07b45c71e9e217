using System.Buffers;
using System.Globalization;
using System.Text;
using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>The first two parts of "BertNormalizer": control characters fall away, white space becomes a space, and Chinese characters stand between spaces.</summary>
/// <param name="cleans">Whether the first is done.</param>
/// <param name="setsChineseApart">Whether the second is done.</param>
internal sealed class BertCleanNormalizer(bool cleans, bool setsChineseApart) : ITextNormalizer
{
    // Where Unicode 8, by which Hugging Face goes, says otherwise than .NET of control and format characters.
    private static readonly CodePointSet _otherwise = CodePointSet.Parse("890-891 8E2 110CD 13430-1343F");

    private static readonly SearchValues<char> _printable = CharacterChange.Kept(c => c is >= ' ' and < '\u007F');

    /// <inheritdoc/>
    public string Description => $"bert({cleans},{setsChineseApart})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
    {
        text = cleans ? CharacterChange.Apply(text, _printable, Clean) : text;
        return setsChineseApart ? CharacterChange.Apply(text, CharacterChange.Ascii, SetApart) : text;
    }

    private static int Clean(Rune character, Span<char> target)
    {
        int code = character.Value;
        bool isSpace = code is '\t' or '\n' or '\r' || (code > 0x7F && Rune.IsWhiteSpace(character) && code != 0x85);
        if (isSpace)
        {
            target[0] = ' ';
            return 1;
        }

        bool isControl = Rune.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;
        return code is 0 or 0xFFFD || isControl != _otherwise.Contains(code) ? 0 : -1;
    }

    private static int SetApart(Rune character, Span<char> target)
    {
        if (!IsChinese(character.Value))
        {
            return -1;
        }

        target[0] = ' ';
        int width = character.EncodeToUtf16(target[1..]);
        target[1 + width] = ' ';
        return width + 2;
    }

    private static bool IsChinese(int code) => code is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
