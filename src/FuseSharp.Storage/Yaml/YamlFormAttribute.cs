using YamlDotNet.RepresentationModel;

namespace FuseSharp.Storage.Yaml;

/// <summary>A type of values with forms of its own in YAML files.</summary>
/// <param name="method">Static method of the type that takes a <see cref="YamlNode"/> and throws <see cref="FormatException"/>, whose message goes on after the key's name.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class YamlFormAttribute(string method) : Attribute
{
    /// <summary>The method's name.</summary>
    public string Method => method;
}
