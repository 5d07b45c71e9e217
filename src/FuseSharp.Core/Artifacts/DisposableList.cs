namespace FuseSharp.Core.Artifacts;

/// <summary>Several things that are disposed together.</summary>
internal sealed class DisposableList<T>(IEnumerable<T> items) : IDisposable
    where T : IDisposable
{
    private readonly List<T> _items = [.. items];

    public T this[int index] => _items[index];

    public void Dispose()
    {
        foreach (var item in _items)
        {
            item.Dispose();
        }
    }
}
