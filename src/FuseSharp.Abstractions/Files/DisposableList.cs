namespace FuseSharp.Files;

/// <summary>Several things that are disposed together.</summary>
public sealed class DisposableList<T>(IEnumerable<T> items) : IDisposable
    where T : IDisposable
{
    private readonly List<T> _items = [.. items];

    /// <summary>One of them.</summary>
    /// <param name="index">0-based, in the order in which they were given.</param>
    public T this[int index] => _items[index];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var item in _items)
        {
            item.Dispose();
        }
    }
}
