using System.Runtime.InteropServices;

namespace FuseSharp.Storage.Ranks;

/// <summary>The functions of Open MPI that are used, as its C header declares them; communicators, types and operations are addresses of exported data.</summary>
/// <remarks>Other implementations have numbers there and other calling tables: <see cref="MpiProcessGroup"/> asks for the version before anything else.</remarks>
internal static unsafe partial class OpenMpi
{
    /// <summary>The library of Open MPI 4 and 5.</summary>
    public const string Library = "libmpi.so.40";

    /// <summary>MPI_THREAD_SERIALIZED: any thread may call, one at a time.</summary>
    public const int Serialized = 2;

    /// <summary>MPI_MAX_LIBRARY_VERSION_STRING and more than any other text.</summary>
    public const int LongestText = 256;

    /// <summary>MPI_IN_PLACE.</summary>
    public static readonly void* InPlace = (void*)1;

    [LibraryImport(Library, EntryPoint = "MPI_Get_library_version")]
    public static partial int GetLibraryVersion(byte* text, out int length);

    [LibraryImport(Library, EntryPoint = "MPI_Init_thread")]
    public static partial int Initialize(nint argumentCount, nint arguments, int required, out int provided);

    [LibraryImport(Library, EntryPoint = "MPI_Finalize")]
    public static partial int FinalizeAll();

    [LibraryImport(Library, EntryPoint = "MPI_Comm_rank")]
    public static partial int CommRank(nint communicator, out int rank);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_size")]
    public static partial int CommSize(nint communicator, out int size);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_set_errhandler")]
    public static partial int CommSetErrorHandler(nint communicator, nint handler);

    [LibraryImport(Library, EntryPoint = "MPI_Error_string")]
    public static partial int ErrorString(int code, byte* text, out int length);

    [LibraryImport(Library, EntryPoint = "MPI_Reduce")]
    public static partial int Reduce(void* send, void* receive, int count, nint type, nint operation, int root, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Bcast")]
    public static partial int Broadcast(void* buffer, int count, nint type, int root, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Ialltoall")]
    public static partial int BeginAllToAll(void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint communicator, out nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Allgather")]
    public static partial int AllGather(void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint communicator);

    [LibraryImport(Library, EntryPoint = "MPI_Ibcast")]
    public static partial int BeginBroadcast(void* buffer, int count, nint type, int root, nint communicator, out nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Ibarrier")]
    public static partial int BeginBarrier(nint communicator, out nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Test")]
    public static partial int Test(ref nint request, out int isDone, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Isend")]
    public static partial int BeginSend(void* buffer, int count, nint type, int destination, int tag, nint communicator, out nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Request_free")]
    public static partial int Forget(ref nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Iprobe")]
    public static partial int Probe(int source, int tag, nint communicator, out int isThere, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Recv")]
    public static partial int Receive(void* buffer, int count, nint type, int source, int tag, nint communicator, nint status);

    [LibraryImport(Library, EntryPoint = "MPI_Abort")]
    public static partial int Abort(nint communicator, int exitCode);
}
