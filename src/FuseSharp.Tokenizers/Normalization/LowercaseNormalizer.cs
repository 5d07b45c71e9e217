using System.Buffers;
using System.Text;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>"Lowercase": each character's lower case, as Rust's <c>char::to_lowercase</c> has it (no final sigma).</summary>
internal sealed class LowercaseNormalizer : ITextNormalizer
{
    private static readonly SearchValues<char> _small = CharacterChange.Kept(c => !char.IsAsciiLetterUpper(c));

    /// <inheritdoc/>
    public string Description => "lowercase";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation) => CharacterChange.Apply(text, _small, Lower);

    private static int Lower(Rune character, Span<char> target)
    {
        if (character.IsAscii)
        {
            target[0] = (char)(character.Value + 0x20);
            return character.Value is >= 'A' and <= 'Z' ? 1 : -1;
        }

        if (character.Value == 0x130)
        {
            // The only letter whose lower case is two characters: i with the dot above as a mark.
            (target[0], target[1]) = ('i', '\u0307');
            return 2;
        }

        // .NET keeps the signs for ohm, kelvin and ångström as they are.
        var lower = character.Value switch
        {
            0x2126 => new Rune('ω'),
            0x212A => new Rune('k'),
            0x212B => new Rune('å'),
            _ => Rune.ToLowerInvariant(character),
        };
        return lower == character ? -1 : lower.EncodeToUtf16(target);
    }
}
