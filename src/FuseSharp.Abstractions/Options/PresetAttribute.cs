namespace FuseSharp.Options;

/// <summary>A value of a key that is the start of a record: keys beside it change what it sets.</summary>
/// <param name="key">The key, as it is written in the file.</param>
/// <param name="value">Its value, as it is written.</param>
/// <param name="method">Static method of the record, without parameters, that makes the start.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class PresetAttribute(string key, string value, string method) : Attribute
{
    /// <summary>The key.</summary>
    public string Key => key;

    /// <summary>Its value.</summary>
    public string Value => value;

    /// <summary>The method's name.</summary>
    public string Method => method;
}
