using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Files;

/// <summary>Files of others as they are read whole: links are followed, as in the Hub's cache, and no more than a bound gets into memory, whatever kind of file it is.</summary>
public static class BoundedFile
{
    /// <summary>Bytes of a file, or of what a link leads to; 0 for devices.</summary>
    /// <param name="path">An existing file.</param>
    public static long LengthOf(string path) => new FileInfo(LinkedPath.Resolve(path)).Length;

    /// <summary>The bytes of a file; null where it has more than a bound.</summary>
    /// <param name="path">An existing file.</param>
    /// <param name="most">The bound, bytes.</param>
    public static byte[]? Read(string path, long most)
    {
        // Not by the length that the file has: that of a device is 0, and it never ends.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        using var bytes = new MemoryStream();
        byte[] piece = new byte[1 << 16];
        for (int read; (read = file.Read(piece)) > 0;)
        {
            if (bytes.Length + read > most)
            {
                return null;
            }

            bytes.Write(piece, 0, read);
        }

        return bytes.ToArray();
    }

    /// <summary>The text of a file, by its byte order mark, else UTF-8; null where it has more bytes than a bound.</summary>
    /// <param name="path">An existing file.</param>
    /// <param name="most">The bound, bytes.</param>
    /// <exception cref="ArtifactException">It is not such a text.</exception>
    public static string? ReadText(string path, long most)
    {
        if (Read(path, most) is not { } bytes)
        {
            return null;
        }

        using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException fault)
        {
            throw new ArtifactException($"'{path}' is not UTF-8. Save it as UTF-8.", fault);
        }
    }
}
