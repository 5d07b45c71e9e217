namespace FuseSharp.Tokenizers.Files;

/// <summary>Readers by the "type" of what they read.</summary>
/// <typeparam name="T">What is made of it.</typeparam>
/// <param name="what">How to name a kind in messages: "a normalizer".</param>
internal sealed class KindTable<T>(string what) : Dictionary<string, Func<JsonPart, T>>(StringComparer.Ordinal)
{
    /// <summary>Reads a part by its type.</summary>
    /// <exception cref="Errors.ModelException">There is no such type here.</exception>
    public T Read(JsonPart part)
    {
        var type = part.Field("type");
        return TryGetValue(type.Text(), out var read) ? read(part) : throw type.Unsupported($"{what} that is not supported here; known are {Names}");
    }

    private string Names => Keys.ToArray() is [.. var others, var last] && others.Length > 0 ? $"{string.Join(", ", others)} and {last}" : Keys.Single();
}
