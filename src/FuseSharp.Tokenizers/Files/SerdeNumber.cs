using System.Globalization;
using System.Text.Json;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Reads a number as Hugging Face's JSON library does: its digits as a whole number, divided by a power of ten.</summary>
/// <remarks>That is the nearest double only for short numbers; scores of Unigram models have 17 digits, and the last bit decides between equal ways to spell a word.
/// Formula: serde_json without <c>float_roundtrip</c>.</remarks>
internal static class SerdeNumber
{
    private const int GreatestPower = 308;
    private const int MostExponent = 100_000;

    /// <summary>The number.</summary>
    /// <param name="part">A number.</param>
    /// <exception cref="Errors.ModelException">It is none, or greater than doubles are.</exception>
    public static double Read(JsonPart part)
    {
        if (part.Kind != JsonValueKind.Number)
        {
            throw part.Error("a number");
        }

        ReadOnlySpan<char> text = part.Element.GetRawText();
        bool isNegative = text[0] == '-';
        text = text[(isNegative ? 1 : 0)..];
        int mark = text.IndexOfAny('e', 'E');
        int exponent = 0;
        if (mark >= 0 && (!int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs((long)exponent) > MostExponent))
        {
            throw part.Error("a number of ordinary size");
        }

        ulong digits = 0;
        bool isFraction = false;
        bool isFull = false;
        foreach (char c in mark < 0 ? text : text[..mark])
        {
            if (c == '.')
            {
                isFraction = true;
                continue;
            }

            // Digits that no longer fit into 64 bits are left out.
            uint digit = (uint)(c - '0');
            isFull |= digits > (ulong.MaxValue - digit) / 10;
            exponent += isFull ? (isFraction ? 0 : 1) : (isFraction ? -1 : 0);
            digits = isFull ? digits : (10 * digits) + digit;
        }

        double value = digits;
        for (; exponent < -GreatestPower && value != 0; exponent += GreatestPower)
        {
            value /= 1e308;
        }

        value = value == 0 ? 0 : exponent < 0 ? value / Power(-exponent) : value * Power(Math.Min(exponent, GreatestPower));
        return double.IsFinite(value) && exponent <= GreatestPower ? (isNegative ? -value : value) : throw part.Error("a number of ordinary size");
    }

    private static double Power(int exponent) => double.Parse(FormattableString.Invariant($"1e{exponent}"), CultureInfo.InvariantCulture);
}
