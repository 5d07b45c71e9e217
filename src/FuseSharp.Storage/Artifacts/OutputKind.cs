using System.Text;

namespace FuseSharp.Storage.Artifacts;

/// <summary>What a file holds that a command writes: only a file of the same kind may be replaced by it.</summary>
/// <param name="Name">As messages call it: <c>GGUF file</c>.</param>
/// <param name="Has">Whether the first 4,096 bytes of a file, as text, are such a file's.</param>
public sealed record OutputKind(string Name, Func<string, bool> Has)
{
    private const int HeadBytes = 4096;

    /// <summary>What <c>export --gguf</c> writes.</summary>
    public static OutputKind Gguf { get; } = new("GGUF file", h => h.StartsWith("GGUF", StringComparison.Ordinal));

    /// <summary>What <c>export --modelfile</c> writes beside it.</summary>
    public static OutputKind Modelfile { get; } = new("Modelfile of Ollama that fusesharp wrote", h => h.StartsWith("# Written by fusesharp", StringComparison.Ordinal));

    /// <summary>What <c>evaluate --samples</c> writes.</summary>
    public static OutputKind Samples { get; } = new("file of benchmark answers", h => h.StartsWith('{') && h.Contains("\"model\":", StringComparison.Ordinal) && h.Contains("\"settings\":", StringComparison.Ordinal));

    /// <summary>What <c>generate --output</c> writes.</summary>
    public static OutputKind Continuations { get; } = new("file of continuations", h => h.StartsWith("{\"index\":", StringComparison.Ordinal));

    /// <summary>What <c>map --output</c> writes, and beside it for <c>co_occurrence</c>: an object with a line for each token.</summary>
    public static OutputKind Map { get; } = new("vocabulary map", h => h.StartsWith("{\n\"", StringComparison.Ordinal));

    /// <summary>What <c>inspect --html</c> writes.</summary>
    public static OutputKind Page { get; } = new("page", h => h.StartsWith("<!DOCTYPE html>", StringComparison.Ordinal) && h.Contains("<title>Alignment</title>", StringComparison.Ordinal));

    /// <summary>Whether a file is empty or of this kind.</summary>
    /// <param name="file">An existing file.</param>
    public bool Is(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        byte[] head = new byte[HeadBytes];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return length == 0 || Has(Encoding.UTF8.GetString(head, 0, length));
    }
}
