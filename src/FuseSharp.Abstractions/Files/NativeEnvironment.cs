using System.Runtime.InteropServices;

namespace FuseSharp.Files;

/// <summary>The C environment of this process, which native libraries read and .NET's own variables do not reach.</summary>
public static partial class NativeEnvironment
{
    /// <summary>Sets a variable that the user has not set; before the library that reads it is loaded. Nothing on Windows.</summary>
    public static void SetDefault(string name, string value)
    {
        const int KeepWhatTheUserSet = 0;
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            _ = SetVariable(name, value, KeepWhatTheUserSet);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // Speed or memory is lost, nothing else.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
