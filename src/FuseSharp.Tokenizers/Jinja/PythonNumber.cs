using System.Globalization;

namespace FuseSharp.Tokenizers.Jinja;

/// <summary>Numbers as Python writes and rounds them.</summary>
internal static class PythonNumber
{
    /// <summary><c>repr</c> of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.</summary>
    public static string Text(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        string shortest = number.ToString("E16", CultureInfo.InvariantCulture);
        for (int digits = 0; digits < 16; digits++)
        {
            string candidate = number.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture).Equals(number))
            {
                shortest = candidate;
                break;
            }
        }

        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        int exponent = int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string sign = shortest[0] == '-' ? "-" : "";
        string mantissa = shortest[sign.Length..e].Replace(".", "", StringComparison.Ordinal).TrimEnd('0') is { Length: > 0 } kept ? kept : "0";
        if (exponent is < -4 or >= 16)
        {
            string power = Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture);
            return $"{sign}{mantissa[0]}{(mantissa.Length > 1 ? "." + mantissa[1..] : "")}e{(exponent < 0 ? '-' : '+')}{power}";
        }

        return exponent < 0 ? $"{sign}0.{new string('0', -exponent - 1)}{mantissa}"
            : mantissa.Length <= exponent + 1 ? $"{sign}{mantissa.PadRight(exponent + 1, '0')}.0"
            : $"{sign}{mantissa[..(exponent + 1)]}.{mantissa[(exponent + 1)..]}";
    }

    /// <summary>A number of what has one; null otherwise.</summary>
    public static double? From(object? value) => value switch { bool flag => flag ? 1 : 0, long number => number, double number => number, _ => null };

    /// <summary>A whole number of what has one; null otherwise.</summary>
    public static long? Whole(object? value) => value switch { bool flag => flag ? 1 : 0, long number => number, _ => null };

    /// <summary>The filter <c>int</c>: of numbers what is before the point, of texts what Python reads.</summary>
    public static long? Parse(string text, long radix)
    {
        text = PythonText.Strip(text, null, true, true).Replace("_", "", StringComparison.Ordinal);
        if (radix == 10)
        {
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole
                : ParseReal(text) is { } real && Math.Abs(real) < 9e18 ? (long)real : null;
        }

        bool isNegative = text.StartsWith('-');
        string digits = text.TrimStart('-', '+');
        string mark = radix switch { 16 => "0x", 8 => "0o", 2 => "0b", _ => "" };
        digits = mark.Length > 0 && digits.StartsWith(mark, StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits;
        long value = 0;
        foreach (char c in digits)
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? (c | 0x20) - 'a' + 10 : 99;
            if (digit >= radix || value > (long.MaxValue - digit) / radix)
            {
                return null;
            }

            value = (value * radix) + digit;
        }

        return digits.Length == 0 ? null : isNegative ? -value : value;
    }

    /// <summary>What Python's <c>float</c> reads in a text; null where it reads none.</summary>
    public static double? ParseReal(string text)
        => double.TryParse(PythonText.Strip(text, null, true, true), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double real) ? real
            : PythonCase.Lower(PythonText.Strip(text, null, true, true)) switch { "inf" or "+inf" or "infinity" => double.PositiveInfinity, "-inf" or "-infinity" => double.NegativeInfinity, "nan" => double.NaN, _ => null };
}
