using System.Globalization;
using System.Text;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>"StripAccents": leaves out marks; letters composed with one keep it unless a decomposition goes before.</summary>
/// <param name="onlyNonSpacing">Whether only marks without a width of their own, as BERT's normalizer has it.</param>
internal sealed class AccentNormalizer(bool onlyNonSpacing) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Description => $"accents({onlyNonSpacing})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
        => CharacterChange.Apply(text, onlyNonSpacing ? static (c, _) => CategoryOf(c) == UnicodeCategory.NonSpacingMark ? 0 : -1
            : static (c, _) => CategoryOf(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark ? 0 : -1);

    private static UnicodeCategory CategoryOf(Rune character) => character.Value < 0x300 ? UnicodeCategory.OtherLetter : Rune.GetUnicodeCategory(character);
}
