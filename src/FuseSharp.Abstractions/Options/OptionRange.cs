using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace FuseSharp.Options;

/// <summary>The ranges that options declare by <see cref="RangeAttribute"/>, wherever their values come from: files, flags, code.</summary>
public static class OptionRange
{
    /// <summary>The key of a property in files: <c>MaxTokens</c> is <c>max_tokens</c>.</summary>
    /// <param name="property">Its name.</param>
    public static string KeyOf(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    /// <summary>Says that a property's value is outside of its range; null where it is not.</summary>
    /// <param name="property">With a range or without.</param>
    /// <param name="value">Its value.</param>
    /// <param name="name">What the message calls it.</param>
    public static string? ErrorOf(PropertyInfo property, object? value, string name)
        => property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(value)
            ? string.Create(CultureInfo.InvariantCulture, $"'{name}' is {value}, expected {range.Minimum} to {range.Maximum}.") : null;

    /// <summary>A line for each property of a record that is outside of its range.</summary>
    /// <param name="options">The record.</param>
    public static IEnumerable<string> ErrorsOf(object options)
        => options.GetType().GetProperties().Select(p => ErrorOf(p, p.GetValue(options), KeyOf(p.Name))).OfType<string>();
}
