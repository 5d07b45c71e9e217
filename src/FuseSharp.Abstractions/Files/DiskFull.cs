namespace FuseSharp.Files;

/// <summary>Tells a full disk from other faults of files.</summary>
public static class DiskFull
{
    /// <summary>ENOSPC, EDQUOT, EFBIG (a limit on the size of files), ERROR_DISK_FULL.</summary>
    public static bool Is(IOException fault) => (fault.HResult & 0xFFFF) is 28 or 122 or 27 or 112;
}
