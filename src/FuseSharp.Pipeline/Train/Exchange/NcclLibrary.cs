using System.Runtime.InteropServices;
using FuseSharp.Errors;
using FuseSharp.Models.Native;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>The functions of NCCL that are used, as nccl.h declares them. AMD's RCCL has the same names.</summary>
internal sealed unsafe class NcclLibrary
{
    /// <summary>The environment variable: the file of NCCL's library, or <c>none</c> to exchange through main memory.</summary>
    public const string Variable = "FUSESHARP_NCCL";

    /// <summary>The value that asks for main memory.</summary>
    public const string None = "none";

    /// <summary>What calls answer that did as they were told.</summary>
    public const int Success = 0;

    /// <summary>What <see cref="AsyncError"/> finds while something is being set up.</summary>
    public const int InProgress = 7;

    private const string Nvidia = "libnccl.so.2";
    private const string Amd = "librccl.so.1";
    private const int Sum = 0;
    private const int Oldest = 21000; // 2.10: the first that sums bfloat16

    private readonly delegate* unmanaged<NcclUniqueId*, int> _getUniqueId;
    private readonly delegate* unmanaged<nint*, int, NcclUniqueId, int, int> _commInitRank;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> _reduceScatter;
    private readonly delegate* unmanaged<nint, nint, nuint, int, nint, nint, int> _allGather;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> _allReduce;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> _broadcast;
    private readonly delegate* unmanaged<int> _groupStart;
    private readonly delegate* unmanaged<int> _groupEnd;
    private readonly delegate* unmanaged<nint, int*, int> _commGetAsyncError;
    private readonly delegate* unmanaged<nint, int> _commAbort;
    private readonly delegate* unmanaged<nint, int> _commDestroy;
    private readonly delegate* unmanaged<int, byte*> _getErrorString;

    private NcclLibrary(nint library, string file)
    {
        nint Get(string name) => NativeFunctions.Get(library, file, name);
        int version = 0;
        var getVersion = (delegate* unmanaged<int*, int>)Get("ncclGetVersion");
        if (getVersion(&version) != Success || version < Oldest)
        {
            throw new UsageException($"NCCL in '{file}' is {NameOf(version)}, expected 2.10 or newer. Install a newer one, name its file in {Variable}, or set that to '{None}' to exchange through main memory.");
        }

        Version = NameOf(version);
        _getUniqueId = (delegate* unmanaged<NcclUniqueId*, int>)Get("ncclGetUniqueId");
        _commInitRank = (delegate* unmanaged<nint*, int, NcclUniqueId, int, int>)Get("ncclCommInitRank");
        _reduceScatter = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Get("ncclReduceScatter");
        _allGather = (delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)Get("ncclAllGather");
        _allReduce = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Get("ncclAllReduce");
        _broadcast = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Get("ncclBroadcast");
        _groupStart = (delegate* unmanaged<int>)Get("ncclGroupStart");
        _groupEnd = (delegate* unmanaged<int>)Get("ncclGroupEnd");
        _commGetAsyncError = (delegate* unmanaged<nint, int*, int>)Get("ncclCommGetAsyncError");
        _commAbort = (delegate* unmanaged<nint, int>)Get("ncclCommAbort");
        _commDestroy = (delegate* unmanaged<nint, int>)Get("ncclCommDestroy");
        _getErrorString = (delegate* unmanaged<int, byte*>)Get("ncclGetErrorString");
    }

    /// <summary>Such as <c>2.27.5</c>.</summary>
    public string Version { get; }

    /// <summary>Loads it: the one that libtorch has loaded, else the system's, else the one beside a Python's torch; AMD's last.</summary>
    /// <param name="named">What <see cref="Variable"/> holds.</param>
    /// <param name="why">Where none is loaded, why, in one line.</param>
    /// <returns>Null where there is none, or none is wanted.</returns>
    /// <exception cref="UsageException">The one that is named cannot be loaded, or one lacks functions or is too old.</exception>
    public static NcclLibrary? Find(string? named, out string? why)
    {
        why = null;
        if (named == None)
        {
            why = $"{Variable} is '{None}'";
            return null;
        }

        if (!string.IsNullOrEmpty(named))
        {
            return Load(named);
        }

        string[] beside = LibTorch.Folder is not { } torch ? [] : [Path.Combine(torch, "../../nvidia/nccl/lib", Nvidia), Path.Combine(torch, Nvidia), Path.Combine(torch, Amd), Path.Combine(torch, "librccl.so")];
        string?[] candidates = [NativeFunctions.FindLoaded("libnccl"), NativeFunctions.FindLoaded("librccl"), Nvidia, .. beside, Amd];
        if (NativeFunctions.LoadFirst(candidates.OfType<string>()) is { } found)
        {
            return new NcclLibrary(found.Library, found.File);
        }

        why = $"NCCL's library ({Nvidia} or {Amd}) cannot be loaded; PyTorch for CUDA brings it (FUSESHARP_LIBTORCH=python), or name its file in {Variable}";
        return null;
    }

    /// <summary>Loads the library of a file.</summary>
    /// <exception cref="UsageException">It cannot be loaded, lacks functions or is too old.</exception>
    public static NcclLibrary Load(string file)
        => NativeLibrary.TryLoad(file, out nint library) ? new NcclLibrary(library, file)
            : throw new UsageException($"{Variable} is '{file}', which cannot be loaded. Name the file of NCCL's library (…/libnccl.so.2), or '{None}' to exchange through main memory.");

    /// <summary>Makes what all ranks of a new communicator need.</summary>
    public int GetUniqueId(out NcclUniqueId id)
    {
        fixed (NcclUniqueId* at = &id)
        {
            return _getUniqueId(at);
        }
    }

    /// <summary>Joins a communicator; waits for all ranks.</summary>
    public int JoinCommunicator(int count, NcclUniqueId id, int rank, out nint communicator)
    {
        fixed (nint* at = &communicator)
        {
            return _commInitRank(at, count, id, rank);
        }
    }

    /// <summary>Enqueues a sum of which each rank gets a part.</summary>
    public int ReduceScatter(nint whole, nint part, long partCount, NcclType type, nint communicator, nint stream) => _reduceScatter(whole, part, (nuint)partCount, (int)type, Sum, communicator, stream);

    /// <summary>Enqueues giving everyone everyone's part.</summary>
    public int AllGather(nint part, nint whole, long partCount, NcclType type, nint communicator, nint stream) => _allGather(part, whole, (nuint)partCount, (int)type, communicator, stream);

    /// <summary>Enqueues a sum that everyone gets.</summary>
    public int AllReduce(nint own, nint sum, long count, NcclType type, nint communicator, nint stream) => _allReduce(own, sum, (nuint)count, (int)type, Sum, communicator, stream);

    /// <summary>Enqueues giving everyone what rank 0 has.</summary>
    public int Broadcast(nint own, nint received, long count, NcclType type, nint communicator, nint stream) => _broadcast(own, received, (nuint)count, (int)type, 0, communicator, stream);

    /// <summary>What follows is one operation, until <see cref="EndGroup"/>.</summary>
    public int BeginGroup() => _groupStart();

    /// <summary>Starts the operation.</summary>
    public int EndGroup() => _groupEnd();

    /// <summary>What has gone wrong since an operation was enqueued.</summary>
    public int AsyncError(nint communicator, out int error)
    {
        fixed (int* at = &error)
        {
            return _commGetAsyncError(communicator, at);
        }
    }

    /// <summary>Gives up a communicator and all that waits in it.</summary>
    public void Abort(nint communicator) => _ = _commAbort(communicator);

    /// <summary>Leaves a communicator in which nothing waits.</summary>
    public void Destroy(nint communicator) => _ = _commDestroy(communicator);

    /// <summary>An error in words.</summary>
    public string Describe(int error) => Marshal.PtrToStringUTF8((nint)_getErrorString(error)) ?? FormattableString.Invariant($"error {error}");

    private static string NameOf(int version)
        => version >= 10_000 ? FormattableString.Invariant($"{version / 10_000}.{version / 100 % 100}.{version % 100}") : FormattableString.Invariant($"{version / 1000}.{version / 100 % 10}.{version % 100}");
}
