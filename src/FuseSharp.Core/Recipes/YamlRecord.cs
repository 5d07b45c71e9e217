using System.Globalization;
using FuseSharp.Core.Errors;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace FuseSharp.Core.Recipes;

/// <summary>Reads YAML into records, naming every fault with its line and column.</summary>
internal static class YamlRecord
{
    /// <summary>Reads a record.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="keys">Keys that it must have, for messages.</param>
    /// <exception cref="RecipeException">All faults together, a line each.</exception>
    public static T Read<T>(string yaml, string name, string keys)
        => Bind<T>(Root(yaml, name, keys), name);

    /// <summary>Fills a record from a mapping.</summary>
    public static T Bind<T>(YamlMappingNode root, string name)
    {
        var faults = new List<string>();
        var record = (T)new RecordBinder(name, faults).Bind(root, typeof(T), "");
        return faults.Count == 0 ? record : throw new RecipeException(string.Join('\n', faults));
    }

    /// <summary>The mapping that a text consists of.</summary>
    public static YamlMappingNode Root(string yaml, string name, string keys)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException fault)
        {
            throw new RecipeException(string.Create(CultureInfo.InvariantCulture, $"{name}:{fault.Start.Line}:{fault.Start.Column} is not YAML: {fault.Message}"), fault);
        }

        return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root
            ? root
            : throw new RecipeException($"{name} is not what it should be: expected one YAML mapping with the keys {keys}.");
    }
}
