using System.Globalization;
using FuseSharp.Errors;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Storage.Yaml;

/// <summary>Reads YAML into records, naming every fault with its line and column.</summary>
public static class YamlRecord
{
    private static readonly YamlScalarNode _mergeKey = new("<<");

    /// <summary>What stands for a group of keys that is switched off.</summary>
    public const string None = "none";

    /// <summary>Reads a record.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="keys">Keys that it must have, for messages.</param>
    /// <param name="overrides">Settings that replace the text's, as <c>train.learning_rate=0.001</c>.</param>
    /// <exception cref="UsageException">All faults together, a line each.</exception>
    public static T Read<T>(string yaml, string name, string keys, IReadOnlyList<string>? overrides = null)
    {
        var root = Root(yaml, name, keys);
        var settings = new Dictionary<YamlNode, string>(ReferenceEqualityComparer.Instance);
        foreach (string setting in overrides ?? [])
        {
            Override(root, setting, settings);
        }

        return Bind<T>(root, name, settings);
    }

    /// <summary>Fills a record from a mapping.</summary>
    public static T Bind<T>(YamlMappingNode root, string name) => Bind<T>(root, name, new Dictionary<YamlNode, string>());

    private static T Bind<T>(YamlMappingNode root, string name, IReadOnlyDictionary<YamlNode, string> settings)
    {
        var faults = new List<string>();
        var record = (T)new RecordBinder(name, faults, settings).Bind(root, typeof(T), "");
        return faults.Count == 0 ? record : throw new UsageException(string.Join('\n', faults));
    }

    /// <summary>The mapping that a text consists of.</summary>
    public static YamlMappingNode Root(string yaml, string name, string keys)
    {
        YamlOutline.Check(yaml, name);
        var stream = new YamlStream();
        LibraryErrors.Guard(
            () =>
            {
                stream.Load(new StringReader(yaml));
                return stream;
            },
            (reason, fault) => new UsageException(fault is YamlException { Start: var at } ? string.Create(CultureInfo.InvariantCulture, $"{name}:{at.Line}:{at.Column} is not YAML: {reason}") : $"{name} is not YAML: {reason}", fault));

        if (stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root)
        {
            MergeKeys(root, []);
            return root;
        }

        throw new UsageException($"{name} is not what it should be: expected one YAML mapping with the keys {keys}.");
    }

    // A key << takes over what other mappings have, where the mapping itself does not say otherwise; of several the first goes before the others. An alias is the node that it names.
    private static void MergeKeys(YamlNode node, HashSet<YamlNode> done)
    {
        if (!done.Add(node))
        {
            return;
        }

        foreach (var child in node is YamlSequenceNode list ? list.Children : node is YamlMappingNode { Children.Values: var values } ? [.. values] : [])
        {
            MergeKeys(child, done);
        }

        if (node is YamlMappingNode mapping && mapping.Children.TryGetValue(_mergeKey, out var merged) && (merged as YamlSequenceNode)?.Children is var several
            && (several ?? [merged]).All(m => m is YamlMappingNode))
        {
            mapping.Children.Remove(_mergeKey);
            foreach (var (key, value) in (several ?? [merged]).Cast<YamlMappingNode>().SelectMany(m => m.Children).ToList())
            {
                mapping.Children.TryAdd(key, value);
            }
        }
    }

    // What comes of a setting is noted: a message about it names the setting, for it has no place in the file.
    private static void Override(YamlMappingNode root, string setting, Dictionary<YamlNode, string> settings)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0)
        {
            throw new UsageException($"The setting '{setting}' has no value. Write it as key=value, such as train.learning_rate=0.001.");
        }

        YamlScalarNode KeyOf(string key)
        {
            var made = new YamlScalarNode(key);
            settings[made] = setting;
            return made;
        }

        string[] keys = setting[..equals].Split('.');
        var node = root;
        foreach (string key in keys[..^1])
        {
            var scalar = KeyOf(key);
            if (!node.Children.TryGetValue(scalar, out var child) || child is not YamlMappingNode mapping)
            {
                mapping = [];
                settings[mapping] = setting;
                node.Children[scalar] = mapping;
            }

            node = mapping;
        }

        var last = KeyOf(keys[^1]);
        node.Children.Remove(last); // with the key's place in the file
        node.Children[last] = ValueOf(setting, setting[(equals + 1)..]);
        foreach (var part in node.Children[last].AllNodes)
        {
            settings[part] = setting;
        }
    }

    // A list is written as in the file, [1, 2]; anything else is taken as it stands, so that no text needs quotes beside the shell's.
    private static YamlNode ValueOf(string setting, string value)
        => value is ['[', .., ']'] ? Root($"value: {value}", $"The setting '{setting}'", "value").Children.Values.Single() : new YamlScalarNode(value);
}
