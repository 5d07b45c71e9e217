using FuseSharp.Errors;
using FuseSharp.Files;


namespace FuseSharp.Storage.Artifacts;

/// <summary>A file that one process at a time holds.</summary>
public static class FileLock
{
    /// <summary>Takes it. The system lets go of it with the process, however that ends, and the file goes with it.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="refusal">What to say where another process holds it.</param>
    /// <returns>Holds the file until it is disposed.</returns>
    /// <exception cref="ArtifactException">Another process holds it, or a file of that name holds something.</exception>
    public static IDisposable Take(string path, string refusal)
    {
        // A lock is empty and goes when it is let go of: a file of somebody else must not.
        if (Directory.Exists(path) || new FileInfo(path) is { LinkTarget: not null } or { Exists: true, Length: > 0 })
        {
            throw new ArtifactException($"'{path}' is not a lock of fusesharp, which needs that name. Move it away, or name another output.");
        }

        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException fault) when (!DiskFull.Is(fault) && fault is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            throw new ArtifactException(refusal, fault);
        }
    }

    /// <summary>Removes a lock that a killed process has left and nobody holds.</summary>
    /// <param name="path">The file; may be absent.</param>
    internal static void Tidy(string path)
    {
        if (new FileInfo(path) is { Exists: true, Length: 0, LinkTarget: null })
        {
            try
            {
                Take(path, "").Dispose();
            }
            catch (Exception fault) when (fault is ArtifactException or IOException or UnauthorizedAccessException)
            {
                // Held, or not to be removed: it does no harm.
            }
        }
    }
}
