using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using FuseSharp.Errors;
using FuseSharp.Options;
using FuseSharp.Storage.Texts;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Storage.Yaml;

/// <summary>Fills a record from a YAML mapping and collects every fault with its place.</summary>
/// <param name="file">What messages call the file.</param>
/// <param name="faults">Gets a line for each fault.</param>
/// <param name="settings">What does not stand in the file, by the setting that it comes from.</param>
internal sealed class RecordBinder(string file, List<string> faults, IReadOnlyDictionary<YamlNode, string> settings)
{
    private const int MostShown = 12;
    private const int MostOfASetting = 80;

    /// <summary>Fills a record.</summary>
    /// <param name="mapping">The file's, or a part of it.</param>
    /// <param name="type">Of the record.</param>
    /// <param name="path">Of the part, ended by a point; "" for the file's.</param>
    public object Bind(YamlMappingNode mapping, Type type, string path) => Fill(StartOf(mapping, type, null), mapping, path);

    private object Fill(object record, YamlMappingNode mapping, string path)
    {
        var type = record.GetType();
        var properties = type.GetProperties().Where(p => p.CanWrite).ToDictionary(p => OptionRange.KeyOf(p.Name), StringComparer.Ordinal);
        foreach (var (keyNode, value) in mapping.Children)
        {
            string key = (keyNode as YamlScalarNode)?.Value ?? "";
            if (!properties.TryGetValue(key, out var property))
            {
                if (path.Length == 0 && !value.Anchor.IsEmpty)
                {
                    continue; // holds what other places name
                }

                ErrorOfUnknown(keyNode, type, [.. properties.Keys], path, key);
                continue;
            }

            if (value is YamlScalarNode { Value: YamlRecord.None } && IsSwitchable(property))
            {
                property.SetValue(record, null);
                continue;
            }

            if (value is YamlScalarNode { Value: AutomaticAttribute.Word } && OptionRange.IsAutomatic(property))
            {
                property.SetValue(record, null);
                continue;
            }

            // What a preset has set in a group stays where the group does not say otherwise.
            if (value is YamlMappingNode group && OptionRange.IsRecord(property.PropertyType) && property.GetValue(record) is { } current)
            {
                property.SetValue(record, Fill(StartOf(group, property.PropertyType, current), group, $"{path}{key}."));
                continue;
            }

            if (Value(value, property.PropertyType, $"{path}{key}", OptionRange.OrAutomatic(property)) is { } converted)
            {
                Check(value, property, converted, $"{path}{key}");
                property.SetValue(record, converted);
            }
        }

        foreach (var (key, property) in properties)
        {
            if (property.GetCustomAttribute<RequiredAttribute>() is not null && !mapping.Children.ContainsKey(new YamlScalarNode(key)))
            {
                faults.Add($"{file}: '{path}{key}' is missing.");
            }
        }

        return record;
    }

    // A group of keys that may be absent: a nullable record.
    private static bool IsSwitchable(PropertyInfo property)
        => OptionRange.IsRecord(property.PropertyType) && new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable;

    private static object StartOf(YamlMappingNode mapping, Type type, object? current)
    {
        var preset = type.GetCustomAttributes<PresetAttribute>()
            .FirstOrDefault(p => mapping.Children.TryGetValue(new YamlScalarNode(p.Key), out var value) && (value as YamlScalarNode)?.Value == p.Value);
        return preset is null ? current ?? Activator.CreateInstance(type)! : type.GetMethod(preset.Method, Type.EmptyTypes)!.Invoke(null, null)!;
    }

    private void ErrorOfUnknown(YamlNode node, Type type, string[] known, string path, string key)
    {
        if (type.GetCustomAttributes<ForeignKeyAttribute>().FirstOrDefault(f => f.Key == key) is { } foreign)
        {
            if (!foreign.IsHarmless)
            {
                Error(node, $"'{path}{key}' is not supported: {foreign.Reason}");
            }

            return;
        }

        string? nearest = NearWord.Find(key, known);
        string shown = key.Length > 60 ? key[..60] + "…" : key;
        Error(node, $"'{path}{shown}' is an unknown key. {(nearest is not null ? $"Did you mean '{path}{nearest}'?" : $"Known here are {string.Join(", ", known.Take(MostShown))}{(known.Length > MostShown ? " and others" : "")}.")}");
    }

    private object? Value(YamlNode node, Type type, string path, string orElse = "")
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(IReadOnlyList<string>))
        {
            return node is YamlSequenceNode list && list.All(n => n is YamlScalarNode)
                ? (object)list.Select(n => Scalar(n, ((YamlScalarNode)n).Value ?? "", typeof(string), path)).OfType<string>().ToArray()
                : Error(node, $"'{path}' is not a list of strings. Write '- …' lines.");
        }

        if (type == typeof(IReadOnlyList<int>))
        {
            return node is YamlSequenceNode numbers && numbers.All(n => n is YamlScalarNode)
                ? (object)numbers.Select(n => Scalar(n, ((YamlScalarNode)n).Value ?? "", typeof(int), path)).OfType<int>().ToArray()
                : Error(node, $"'{path}' is not a list of numbers. Write it as [1, 2].");
        }

        if (type == typeof(IReadOnlyDictionary<string, TextEntry>))
        {
            return node is YamlMappingNode entries
                ? entries.Children.ToDictionary(e => ((YamlScalarNode)e.Key).Value ?? "", e => TextEntryOf(e.Value, $"{path}.{e.Key}."))
                : Error(node, $"'{path}' is not a mapping of names to texts. Write 'name: {{ path: … }}' lines.");
        }

        if (type == typeof(IReadOnlyDictionary<string, string>))
        {
            return node is YamlMappingNode names
                ? names.Children.ToDictionary(e => ((YamlScalarNode)e.Key).Value ?? "", e => Value(e.Value, typeof(string), $"{path}.{e.Key}") as string ?? "")
                : Error(node, $"'{path}' is not a mapping of names to names. Write 'name: value' lines.");
        }

        if (type == typeof(IReadOnlyDictionary<string, double>))
        {
            return node is YamlMappingNode numbers
                ? numbers.Children.ToDictionary(e => ((YamlScalarNode)e.Key).Value ?? "", e => Value(e.Value, typeof(double), $"{path}.{e.Key}") as double? ?? double.NaN)
                : Error(node, $"'{path}' is not a mapping of names to numbers.");
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            return node is YamlSequenceNode records ? Records(records, type.GetGenericArguments()[0], path) : Error(node, $"'{path}' is not a list. Write '- …' lines.");
        }

        // A record with a form of its own is written so, or as a mapping of its keys.
        if (type.GetCustomAttribute<YamlFormAttribute>() is { } form && !(node is YamlMappingNode && OptionRange.IsRecord(type)))
        {
            return node is YamlScalarNode { Value: { } own } && !IsText(own) ? Scalar(node, own, typeof(string), path) : Formed(node, type.GetMethod(form.Method, [typeof(YamlNode)])!, path);
        }

        if (type == typeof(TextPart))
        {
            return PartOf(node, path);
        }

        if (OptionRange.IsRecord(type))
        {
            return node is YamlMappingNode mapping ? Bind(mapping, type, path + ".") : Error(node, $"'{path}' is not a mapping of keys to values.");
        }

        return node is YamlScalarNode { Value: { } text } ? Scalar(node, text, type, path, orElse) : Error(node, $"'{path}' is {(node is YamlSequenceNode ? "a list" : "a mapping")}, expected a single value.");
    }

    private object? Formed(YamlNode node, MethodInfo parse, string path)
    {
        try
        {
            return parse.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [node], CultureInfo.InvariantCulture);
        }
        catch (FormatException unfit)
        {
            return Error(node, $"'{path}' {(unfit.Message.StartsWith("expected", StringComparison.Ordinal) ? "has another form, " : "")}{unfit.Message}.");
        }
    }

    private object? PartOf(YamlNode node, string path)
    {
        try
        {
            return node is YamlScalarNode { Value: { } text } ? TextPart.Parse(text) : Error(node, $"'{path}' has another form, {TextPart.Form}.");
        }
        catch (FormatException unfit)
        {
            return Error(node, $"'{path}' {unfit.Message}.");
        }
    }

    private Array Records(YamlSequenceNode nodes, Type type, string path)
    {
        object[] records = [.. nodes.Children.Select((n, i) => Value(n, type, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"))).OfType<object>()];
        var typed = Array.CreateInstance(type, records.Length);
        records.CopyTo(typed, 0);
        return typed;
    }

    private TextEntry TextEntryOf(YamlNode node, string path)
        => node switch
        {
            YamlScalarNode { Value: { } text } => new TextEntry { Path = text },
            YamlMappingNode mapping => (TextEntry)Bind(WithWriters(mapping), typeof(TextEntry), path),
            _ => Error(node, $"'{path.TrimEnd('.')}' is neither a path nor a mapping.") as TextEntry ?? new TextEntry(),
        };

    // A single writer needs no list.
    private static YamlMappingNode WithWriters(YamlMappingNode entry)
    {
        var key = new YamlScalarNode(OptionRange.KeyOf(nameof(TextEntry.WrittenBy)));
        if (entry.Children.TryGetValue(key, out var value) && value is YamlScalarNode { Value: { Length: > 0 } })
        {
            entry.Children[key] = new YamlSequenceNode(value);
        }

        return entry;
    }

    private object? Scalar(YamlNode node, string text, Type type, string path, string orElse = "")
    {
        if (type == typeof(string))
        {
            return IsText(text) ? text : Error(node, $"'{path}' holds a character that no text has (a null, or half a surrogate pair).");
        }

        if (type.IsEnum)
        {
            string[] names = [.. Enum.GetNames(type).Select(OptionRange.KeyOf)];
            int index = Array.IndexOf(names, text);
            return index >= 0 ? Enum.GetValues(type).GetValue(index) : Error(node, $"'{path}' is '{text}', expected {string.Join(", ", names)}{orElse}.");
        }

        if (type == typeof(bool))
        {
            return text is "true" or "false" ? text == "true" : Error(node, $"'{path}' is '{text}', expected true or false{orElse}.");
        }

        if (type == typeof(double))
        {
            return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : Error(node, $"'{path}' is '{text}', expected a number such as 0.5 or 1e-5{orElse}.");
        }

        return long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
            && (type == typeof(long) || whole is >= int.MinValue and <= int.MaxValue)
            ? Convert.ChangeType(whole, type, CultureInfo.InvariantCulture)
            : Error(node, $"'{path}' is '{text}', expected a whole number{orElse}.");
    }

    private static bool IsText(string text)
    {
        int at = 0;
        while (at < text.Length && text[at] != '\0' && System.Text.Rune.TryGetRuneAt(text, at, out var rune))
        {
            at += rune.Utf16SequenceLength;
        }

        return at == text.Length;
    }

    private void Check(YamlNode node, PropertyInfo property, object value, string path)
    {
        if (OptionRange.ErrorOf(property, value, path) is { } fault)
        {
            Error(node, fault);
        }
    }

    private object? Error(YamlNode node, string message)
    {
        string where = settings.TryGetValue(node, out string? setting) ? $"The setting '{(setting.Length > MostOfASetting ? setting[..MostOfASetting] + "…" : setting)}'"
            : node.Start.Line > 1 || node.Start.Column > 1 ? string.Create(CultureInfo.InvariantCulture, $"{file}:{node.Start.Line}:{node.Start.Column}") : file;
        faults.Add($"{where}: {message}");
        return null;
    }
}
