using System.Runtime.InteropServices;

namespace FuseSharp.Models.Native;

/// <summary>Gives threads that compute room for signals, so that a null reference stays an exception on processors with large registers.</summary>
/// <remarks>See decision 0033: of the 16 KiB that .NET gives a thread for signals, the state of a thread that has used AMX takes nearly all.</remarks>
public static partial class SignalRoom
{
    private const nuint StateAtMinimum = 51; // AT_MINSIGSTKSZ of Linux: what a signal writes before its handler begins, bytes
    private const nuint CommonState = 8192;  // SIGSTKSZ, which .NET's stacks are made for
    private const nint Room = 64 << 10;      // for .NET's handlers, eight times what they need without AMX
    private const nint GuardSize = 64 << 10; // the largest page of any kernel

    [ThreadStatic]
    private static bool _isWide;

    /// <summary>Widens the stack for signals of this thread, once; nothing where signals write little, or not on Linux.</summary>
    /// <remarks>A nanosecond after the first call. A thread that ends leaves 192 KiB of addresses reserved and what faults wrote there, 16 KiB at most times.</remarks>
    public static void Widen()
    {
        if (!_isWide)
        {
            _isWide = true;
            if (OperatingSystem.IsLinux())
            {
                WidenOnLinux();
            }
        }
    }

    private static void WidenOnLinux()
    {
        try
        {
            nuint state = AuxiliaryValue(StateAtMinimum);
            if (state <= CommonState || state > 16 << 20)
            {
                return;
            }

            // The stack of before stays: the runtime frees it, or leaves it, when the thread ends.
            const int ReadAndWrite = 3, PrivateAnonymousStack = 0x20022, NoAccess = 0;
            nint size = ((nint)state + Room + GuardSize - 1) / GuardSize * GuardSize + GuardSize;
            nint memory = Map(0, size, ReadAndWrite, PrivateAnonymousStack, -1, 0);
            if (memory == -1)
            {
                return;
            }

            // Guarded at its low end. What is not installed is given back: the thread then has what it had.
            var stack = new Description { Start = memory, Size = size };
            if (Protect(memory, GuardSize, NoAccess) != 0 || Install(stack, 0) != 0)
            {
                _ = Unmap(memory, size);
            }
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            // Without it all but faults works.
        }
    }

    /// <summary>C's stack_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Description
    {
        public nint Start;
        public int Flags;
        public nint Size;
    }

    [LibraryImport("libc", EntryPoint = "getauxval")]
    private static partial nuint AuxiliaryValue(nuint type);

    [LibraryImport("libc", EntryPoint = "sigaltstack")]
    private static partial int Install(in Description stack, nint before);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nint size, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nint size);
}
