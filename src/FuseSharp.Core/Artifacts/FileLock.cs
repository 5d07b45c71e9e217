using FuseSharp.Core.Errors;

namespace FuseSharp.Core.Artifacts;

/// <summary>A file that one process at a time holds.</summary>
public static class FileLock
{
    /// <summary>Takes it. The system lets go of it with the process, however that ends, and the file goes with it.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="refusal">What to say where another process holds it.</param>
    /// <returns>Holds the file until it is disposed.</returns>
    /// <exception cref="ArtifactException">Another process holds it.</exception>
    public static IDisposable Take(string path, string refusal)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException fault) when (!DiskFull.Is(fault))
        {
            throw new ArtifactException(refusal, fault);
        }
    }
}
