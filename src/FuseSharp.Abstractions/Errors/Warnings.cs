using System.Collections.Concurrent;

namespace FuseSharp.Errors;

/// <summary>What a reader notices and cannot decide, such as a key in a model's files that is not known: told once, to whoever listens.</summary>
public static class Warnings
{
    private static readonly ConcurrentDictionary<string, bool> _told = new(StringComparer.Ordinal);

    /// <summary>Gets each warning, a sentence; may be called from any thread. The command line writes them to standard error.</summary>
    public static event Action<string>? Raised;

    /// <summary>Tells a warning that has not been told in this process.</summary>
    public static void Once(string text)
    {
        if (_told.TryAdd(text, true))
        {
            Raised?.Invoke(text);
        }
    }

    /// <summary>Warns of the keys of a file that are neither honoured nor known to change nothing.</summary>
    /// <param name="file">The file's path.</param>
    /// <param name="unknown">The keys.</param>
    public static void OfUnknownKeys(string file, IEnumerable<string> unknown)
    {
        string[] names = [.. unknown.Order(StringComparer.Ordinal)];
        if (names.Length > 0)
        {
            string shown = string.Join(", ", names.Take(5).Select(n => $"'{LibraryErrors.OneLine(n.Length > 60 ? n[..60] + "…" : n)}'"));
            Once($"'{file}' has {(names.Length == 1 ? "a key that is" : "keys that are")} not known here and not used: {shown}{(names.Length > 5 ? $" and {names.Length - 5} more" : "")}.");
        }
    }
}
