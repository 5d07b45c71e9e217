using System.Runtime.InteropServices;
using System.Text;

namespace FuseSharp.Files;

/// <summary>Files that are whole or absent, also after a power cut: written beside their name, synced, renamed, and the folder synced.</summary>
public static partial class Durable
{
    /// <summary>What a file or folder is called, after its name, while it is being written.</summary>
    public const string PartialSuffix = ".partial";

    /// <summary>Writes a small text file.</summary>
    public static void WriteText(string path, string text)
    {
        using (var stream = new FileStream(path + PartialSuffix, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        Publish(path);
    }

    /// <summary>Gives a complete and synced <c>PATH.partial</c> its final name.</summary>
    public static void Publish(string path)
    {
        File.Move(path + PartialSuffix, path, overwrite: true);
        SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Makes names that were given or taken away in a folder last. Windows keeps them without being asked.</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            throw new IOException($"'{folder}' cannot be opened to sync it (error {Marshal.GetLastPInvokeError()}).");
        }

        int error = Sync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        // Some file systems (network shares, FUSE) cannot sync a folder and say EINVAL, 22; what they can do is done.
        if (error is not (0 or 22))
        {
            throw new IOException($"'{folder}' cannot be synced to disk (error {error}).", error);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
