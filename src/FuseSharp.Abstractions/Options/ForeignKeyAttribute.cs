namespace FuseSharp.Options;

/// <summary>A key that other programs know in such a file, and this one does not honour.</summary>
/// <param name="key">As it is written in the file.</param>
/// <param name="isHarmless">Whether it is ignored: it changes no result.</param>
/// <param name="reason">Why it may be ignored, or what to do instead; behind the key's name.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class ForeignKeyAttribute(string key, bool isHarmless, string reason) : Attribute
{
    /// <summary>As it is written in the file.</summary>
    public string Key => key;

    /// <summary>Whether it is ignored: it changes no result.</summary>
    public bool IsHarmless => isHarmless;

    /// <summary>Why it may be ignored, or what to do instead.</summary>
    public string Reason => reason;
}
