using System.Runtime.InteropServices;
using System.Text;

namespace FuseSharp.Tokenizers.Decoding;

/// <summary>Turns byte tokens in a row into characters; the two ways differ in what they make of bytes that form none.</summary>
internal static class ByteRuns
{
    /// <summary>SentencePiece's way: U+FFFD for each byte that starts no character, and on with the next.</summary>
    public static void AppendStepwise(List<byte> bytes, StringBuilder text)
    {
        ReadOnlySpan<byte> rest = CollectionsMarshal.AsSpan(bytes);
        while (!rest.IsEmpty)
        {
            bool isCharacter = Rune.DecodeFromUtf8(rest, out var rune, out int width) == System.Buffers.OperationStatus.Done;
            text.Append(rune.ToString());
            rest = rest[(isCharacter ? width : 1)..];
        }

        bytes.Clear();
    }

    /// <summary>The way of Hugging Face's fast tokenizers: one bad byte makes every byte of the run U+FFFD.</summary>
    public static string DecodeWhole(List<byte> bytes)
    {
        var span = CollectionsMarshal.AsSpan(bytes);
        return System.Text.Unicode.Utf8.IsValid(span) ? Encoding.UTF8.GetString(span) : new string('\uFFFD', span.Length);
    }
}
