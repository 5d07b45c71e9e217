namespace FuseSharp.Tokenizers.Hub;

/// <summary>Keeps two processes from fetching the same file at once, huggingface_hub's included: it locks the same files in the same way.</summary>
internal static class HubLock
{
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until no other process holds a file locked, and locks it until the result is disposed or the process ends.</summary>
    /// <param name="path">The file to lock; made where it is not there, and left.</param>
    /// <param name="wait">Called once where another process holds it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<IDisposable> TakeAsync(string path, Action wait, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        for (bool isFirst = true; ; isFirst = false)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException fault) when (IsHeld(fault))
            {
                if (isFirst)
                {
                    wait();
                }

                await Task.Delay(_interval, cancellation);
            }
        }
    }

    // EWOULDBLOCK of Linux and macOS, ERROR_SHARING_VIOLATION.
    private static bool IsHeld(IOException fault) => (fault.HResult & 0xFFFF) is 11 or 35 or 32;
}
