using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace FuseSharp.Storage.Texts;

/// <summary>Single values of Arrow arrays, whatever kind of number, date or text their column has.</summary>
internal static class ArrowValues
{
    /// <summary>The array and place that really hold a value: those of a dictionary behind its number.</summary>
    /// <returns>Null where the value is empty.</returns>
    public static (IArrowArray Values, int Index)? Resolve(IArrowArray values, int index)
    {
        while (!values.IsNull(index))
        {
            if (values is not DictionaryArray dictionary)
            {
                return (values, index);
            }

            long place = IndexAt(dictionary.Indices, index);
            if (place < 0 || place >= dictionary.Dictionary.Length)
            {
                throw new InvalidDataException(FormattableString.Invariant($"A row names value {place} of a dictionary that has {dictionary.Dictionary.Length}."));
            }

            (values, index) = (dictionary.Dictionary, (int)place);
        }

        return null;
    }

    /// <summary>Whether an array holds texts, itself or in a dictionary.</summary>
    public static bool IsText(IArrowType type) => type is StringType or LargeStringType or StringViewType || (type is DictionaryType dictionary && IsText(dictionary.ValueType));

    /// <summary>A text; null where the array holds none.</summary>
    public static string? Text(IArrowArray values, int index)
        => values switch
        {
            StringArray texts => texts.GetString(index),
            LargeStringArray texts => texts.GetString(index),
            StringViewArray texts => texts.GetString(index),
            _ => null,
        };

    /// <summary>A number, date or time as the text that JSON and Python write; null where the array holds none that is read.</summary>
    /// <param name="values">Not a dictionary.</param>
    /// <param name="index">Of a value that is not empty.</param>
    /// <param name="isNumber">Whether the text is a JSON number.</param>
    public static string? Plain(IArrowArray values, int index, out bool isNumber)
    {
        isNumber = true;
        var culture = CultureInfo.InvariantCulture;
        switch (values)
        {
            case DoubleArray or FloatArray or HalfFloatArray:
                return Finite(values, index);
            case Int8Array or Int16Array or Int32Array or Int64Array or UInt8Array or UInt16Array or UInt32Array:
                return IndexAt(values, index).ToString(culture);
            case UInt64Array numbers:
                return numbers.GetValue(index)!.Value.ToString(culture);
            case Decimal128Array numbers:
                return numbers.GetString(index);
            case Decimal256Array numbers:
                return numbers.GetString(index);
        }

        isNumber = false;
        return values switch
        {
            Date32Array dates => dates.GetDateTime(index)!.Value.ToString("yyyy-MM-dd", culture),
            Date64Array dates => dates.GetDateTime(index)!.Value.ToString("yyyy-MM-dd", culture),
            TimestampArray { Data.DataType: TimestampType { Timezone: null or "" or "UTC" } } times => times.GetTimestamp(index)!.Value.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", culture),
            _ => null,
        };
    }

    private static string? Finite(IArrowArray values, int index)
    {
        double number = values switch
        {
            DoubleArray doubles => doubles.GetValue(index)!.Value,
            FloatArray floats => floats.GetValue(index)!.Value,
            HalfFloatArray halves => (double)halves.GetValue(index)!.Value,
            _ => double.NaN,
        };
        return !double.IsFinite(number) ? null
            : values is FloatArray single ? single.GetValue(index)!.Value.ToString("R", CultureInfo.InvariantCulture)
            : number.ToString("R", CultureInfo.InvariantCulture);
    }

    private static long IndexAt(IArrowArray values, int index)
        => values switch
        {
            Int8Array numbers => numbers.GetValue(index)!.Value,
            Int16Array numbers => numbers.GetValue(index)!.Value,
            Int32Array numbers => numbers.GetValue(index)!.Value,
            Int64Array numbers => numbers.GetValue(index)!.Value,
            UInt8Array numbers => numbers.GetValue(index)!.Value,
            UInt16Array numbers => numbers.GetValue(index)!.Value,
            UInt32Array numbers => numbers.GetValue(index)!.Value,
            UInt64Array numbers => checked((long)numbers.GetValue(index)!.Value),
            _ => -1,
        };
}
