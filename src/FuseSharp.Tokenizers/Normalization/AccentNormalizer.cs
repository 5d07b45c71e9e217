using System.Globalization;
using System.Text;
using FuseSharp.Tokenizers.Patterns;

namespace FuseSharp.Tokenizers.Normalization;

/// <summary>"StripAccents": leaves out marks; letters composed with one keep it unless a decomposition goes before.</summary>
/// <param name="onlyNonSpacing">Whether only marks without a width of their own, as BERT's normalizer has it.</param>
/// <remarks>Marks are those of the Unicode versions that Hugging Face's libraries hold: 9, and 8 for BERT's.</remarks>
internal sealed class AccentNormalizer(bool onlyNonSpacing) : ITextNormalizer
{
    // Where Unicode 8 says otherwise than .NET: what came later, and what changed its category.
    private static readonly CodePointSet _nonSpacingOtherwise = CodePointSet.Parse("""
        7FD 897-89F 8CA-8E1 9FE AFA-AFF B55 C04 C3C D00 D3B-D3C D81 EBA ECE 1734 180F 1885-1886 1ABF-1ACE 1DF6-1DFB A82C A8C5
        A8FF A9BD 10D24-10D27 10D69-10D6D 10EAB-10EAC 10EFC-10EFF 10F46-10F50 10F82-10F85 11070 11073-11074 110C2 111C9 111CF
        1123E 11241 1133B 113BB-113C0 113CE 113D0 113D2 113E1-113E2 11438-1143F 11442-11444 11446 1145E 1171E 1182F-11837
        11839-1183A 11938 1193B-1193C 1193E 11943 119D4-119D7 119DA-119DB 119E0 11A01-11A0A 11A33-11A38 11A3B-11A3E 11A47
        11A51-11A56 11A59-11A5B 11A8A-11A96 11A98-11A99 11C30-11C36 11C38-11C3D 11C3F 11C92-11CA7 11CAA-11CB0 11CB2-11CB3
        11CB5-11CB6 11D31-11D36 11D3A 11D3C-11D3D 11D3F-11D45 11D47 11D90-11D91 11D95 11D97 11EF3-11EF4 11F00-11F01 11F36-11F3A
        11F40 11F42 11F5A 13440 13447-13455 1611E-16129 1612D-1612F 16F4F 16FE4 1CF00-1CF2D 1CF30-1CF46 1E000-1E006 1E008-1E018
        1E01B-1E021 1E023-1E024 1E026-1E02A 1E08F 1E130-1E136 1E2AE 1E2EC-1E2EF 1E4EC-1E4EF 1E5EE-1E5EF 1E944-1E94A
        """);

    /// <inheritdoc/>
    public string Description => $"accents({onlyNonSpacing})";

    /// <inheritdoc/>
    public TextSlice Normalize(TextSlice text, bool isContinuation)
        => CharacterChange.Apply(text, CharacterChange.Ascii, onlyNonSpacing ? static (c, _) => IsNonSpacing(c) ? 0 : -1 : static (c, _) => IsMark(c) ? 0 : -1);

    private static bool IsMark(Rune c)
        => c.Value >= 0x300
            && Rune.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark != LaterMarks.Contains(c.Value);

    private static bool IsNonSpacing(Rune c) => c.Value >= 0x300 && Rune.GetUnicodeCategory(c) == UnicodeCategory.NonSpacingMark != _nonSpacingOtherwise.Contains(c.Value);
}
