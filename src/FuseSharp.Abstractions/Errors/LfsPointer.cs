namespace FuseSharp.Errors;

/// <summary>Tells a file that a checkout without Git LFS left: a few lines that name the real one.</summary>
public static class LfsPointer
{
    /// <summary>What the message of such a file says behind its name.</summary>
    public const string Message = "is a Git LFS pointer, not the file itself. Get the file with 'git lfs pull', or download it.";

    /// <summary>Whether bytes are a pointer or its beginning.</summary>
    public static bool Is(ReadOnlySpan<byte> start) => start.StartsWith("version https://git-lfs.github.com/spec/"u8);

    /// <summary>Whether a file is one; false where it cannot be read.</summary>
    public static bool Is(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            Span<byte> start = stackalloc byte[64];
            return Is(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false; // whoever reads it says why
        }
    }
}
