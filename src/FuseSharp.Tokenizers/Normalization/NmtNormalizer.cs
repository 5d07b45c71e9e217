using System.Buffers;
using System.Text;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>"Nmt": leaves out control characters, and writes a space for other white space, zero-width characters and what stands for nothing.</summary>
internal sealed class NmtNormalizer : ITextNormalizer
{
    private static readonly SearchValues<char> _printable = CharacterChange.Kept(c => c is >= ' ' and < '\u007F');

    /// <inheritdoc/>
    public string Description => "nmt";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation) => CharacterChange.Apply(text, _printable, Change);

    private static int Change(Rune character, Span<char> target)
    {
        target[0] = ' ';
        return character.Value switch
        {
            (>= 0x0001 and <= 0x0008) or 0x000B or (>= 0x000E and <= 0x001F) or 0x007F or 0x008F or 0x009F => 0,
            0x0009 or 0x000A or 0x000C or 0x000D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => 1,
            _ => -1,
        };
    }
}
