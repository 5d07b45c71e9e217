using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using FuseSharp.Errors;

namespace FuseSharp.Options;

/// <summary>The one way in which options are checked, wherever their values come from: the ranges that they declare by <see cref="RangeAttribute"/>, and what does not go together.</summary>
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
        => property.GetCustomAttribute<RangeAttribute>() is not { } range ? null
            : (value is INumbers several ? several.Numbers.Cast<object?>() : [value]).FirstOrDefault(v => !range.IsValid(v)) is { } outside
            ? string.Create(CultureInfo.InvariantCulture, $"'{name}' is {outside}, expected {range.Minimum} to {range.Maximum}{OrAutomatic(property)}.") : null;

    /// <summary>What a message says behind the numbers that a property takes: the word that lets the program choose; empty where it does not.</summary>
    /// <param name="property">Any.</param>
    public static string OrAutomatic(PropertyInfo property) => IsAutomatic(property) ? $", or {AutomaticAttribute.Word}" : "";

    /// <summary>Whether the program chooses a property's number where none is given.</summary>
    /// <param name="property">Any.</param>
    public static bool IsAutomatic(PropertyInfo property) => property.GetCustomAttribute<AutomaticAttribute>() is not null;

    /// <summary>A line for each property of a record, and of the records in it, that is outside of its range, and for each conflict between them.</summary>
    /// <param name="options">The record.</param>
    /// <param name="path">What stands before a key's name, such as <c>train.</c>; empty for none.</param>
    public static IEnumerable<string> ErrorsOf(object options, string path = "")
    {
        foreach (var property in options.GetType().GetProperties().Where(p => p.GetIndexParameters().Length == 0))
        {
            object? value = property.GetValue(options);
            string name = path + KeyOf(property.Name);
            string[] errors = ErrorOf(property, value, name) is { } error ? [error] : IsRecord(property.PropertyType) && value is not null ? [.. ErrorsOf(value, name + ".")] : [];
            foreach (string line in errors)
            {
                yield return line;
            }
        }

        foreach (string conflict in options is ICheckedOptions pairs ? pairs.Conflicts(path) : [])
        {
            yield return conflict;
        }
    }

    /// <summary>Checks a record and all in it.</summary>
    /// <param name="options">The record.</param>
    /// <param name="path">What stands before a key's name, such as <c>train.</c>; empty for none.</param>
    /// <exception cref="UsageException">All that is wrong, a line each.</exception>
    public static void Check(object options, string path = "")
    {
        string[] errors = [.. ErrorsOf(options, path)];
        if (errors.Length > 0)
        {
            throw new UsageException(string.Join('\n', errors));
        }
    }

    /// <summary>Whether a type is a group of options of this program, and not a value of one.</summary>
    public static bool IsRecord(Type type) => type is { IsEnum: false, IsValueType: false } && !type.IsAssignableTo(typeof(INumbers)) && type.Namespace?.StartsWith(nameof(FuseSharp), StringComparison.Ordinal) == true;
}
