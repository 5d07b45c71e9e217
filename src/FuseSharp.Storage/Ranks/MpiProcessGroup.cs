using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using FuseSharp.Errors;

namespace FuseSharp.Storage.Ranks;

/// <summary>Ranks that <c>mpirun</c> or <c>srun</c> started and that talk by Open MPI.</summary>
internal sealed unsafe class MpiProcessGroup : IProcessGroup
{
    private const int LongestHostName = 256;
    private const int PlaceTag = 50;
    private static readonly TimeSpan _impatience = TimeSpan.FromMilliseconds(20);

    private readonly nint _world = Export("ompi_mpi_comm_world");
    private readonly nint _byte = Export("ompi_mpi_byte");
    private readonly nint _double = Export("ompi_mpi_double");
    private readonly nint _sum = Export("ompi_mpi_op_sum");
    private readonly (string Host, int Process)[] _processes;
    private readonly RankPatience? _patience; // null until all have names
    private readonly long* _place = (long*)NativeMemory.Alloc(sizeof(long)); // lives as long as MPI may read it

    private MpiProcessGroup()
    {
        Check(OpenMpi.CommSetErrorHandler(_world, Export("ompi_mpi_errors_return")), "MPI_Comm_set_errhandler");
        Check(OpenMpi.CommRank(_world, out int rank), "MPI_Comm_rank");
        Check(OpenMpi.CommSize(_world, out int count), "MPI_Comm_size");
        (Rank, Count) = (rank, count);
        _processes = Introduce();
        string host = _processes[rank].Host;
        LocalRank = _processes.Take(rank).Count(p => p.Host == host);
        LocalCount = _processes.Count(p => p.Host == host);
        _patience = new RankPatience(rank, count, NameOf, Warnings.Once, TimeProvider.System);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public int LocalRank { get; }

    /// <inheritdoc/>
    public int LocalCount { get; }

    /// <summary>Joins the job.</summary>
    /// <param name="expected">Processes that the starter says there are; 0 where it does not say.</param>
    /// <exception cref="UsageException">Open MPI is missing, another implementation is there, or it was another one that started the processes.</exception>
    public static MpiProcessGroup Join(int expected)
    {
        if (!MpiLauncher.IsInstalled)
        {
            throw new UsageException($"This process was started as one of several, but Open MPI's library {OpenMpi.Library} cannot be loaded. Install Open MPI 4 or 5 (Debian: openmpi-bin), or set LD_LIBRARY_PATH to it.");
        }

        byte* text = stackalloc byte[OpenMpi.LongestText];
        _ = OpenMpi.GetLibraryVersion(text, out int length);
        string version = Encoding.ASCII.GetString(text, Math.Clamp(length, 0, OpenMpi.LongestText)).Split(',', '\n', '\0')[0];
        if (!version.StartsWith("Open MPI", StringComparison.Ordinal))
        {
            throw new UsageException($"{OpenMpi.Library} is '{version}', not Open MPI, the only implementation that is known here. Put Open MPI's first in LD_LIBRARY_PATH.");
        }

        if (OpenMpi.Initialize(0, 0, OpenMpi.Serialized, out int provided) != 0 || provided < OpenMpi.Serialized)
        {
            throw new UsageException($"{version} does not start with threads (MPI_THREAD_SERIALIZED). Use one that was built with them.");
        }

        var ranks = new MpiProcessGroup();
        return expected == 0 || ranks.Count == expected ? ranks
            : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{expected} processes were started, but {version} finds {ranks.Count} in its job: another MPI started them. Use Open MPI's mpirun, or srun --mpi=pmix."));
    }

    /// <inheritdoc/>
    public string NameOf(int rank) => string.Create(CultureInfo.InvariantCulture, $"rank {rank} of {Count} (process {_processes[rank].Process} on {_processes[rank].Host})");

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
        Meet();
        fixed (double* at = values)
        {
            // Not MPI_Allreduce: it lets ranks add in different orders, and their last bits differ.
            Check(OpenMpi.Reduce(Rank == 0 ? OpenMpi.InPlace : at, at, values.Length, _double, _sum, 0, _world), "MPI_Reduce");
            Check(OpenMpi.Broadcast(at, values.Length, _double, 0, _world), "MPI_Bcast");
        }
    }

    /// <inheritdoc/>
    public ITransfer BeginAllToAll(nint sent, nint received, long bytes)
    {
        _patience?.Come();
        int part = checked((int)bytes);
        Check(OpenMpi.BeginAllToAll((void*)sent, part, _byte, (void*)received, part, _byte, _world, out nint request), "MPI_Ialltoall");
        return new Transfer(this, request);
    }

    /// <inheritdoc/>
    public void AllGather(Span<byte> whole)
    {
        Meet();
        fixed (byte* at = whole)
        {
            Check(OpenMpi.AllGather(OpenMpi.InPlace, 0, _byte, at, whole.Length / Count, _byte, _world), "MPI_Allgather");
        }
    }

    /// <inheritdoc/>
    public string Broadcast(string text)
    {
        _patience?.Come();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int length = bytes.Length;
        Check(OpenMpi.BeginBroadcast(&length, sizeof(int), _byte, 0, _world, out nint request), "MPI_Ibcast");
        Await(request);
        Array.Resize(ref bytes, length);
        fixed (byte* at = bytes)
        {
            Check(OpenMpi.Broadcast(at, length, _byte, 0, _world), "MPI_Bcast");
        }

        return Encoding.UTF8.GetString(bytes);
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        _patience?.Come();
        Check(OpenMpi.BeginBarrier(_world, out nint request), "MPI_Ibarrier");
        Await(request);
    }

    // Before calls that wait inside of MPI, where nothing can be said.
    private void Meet() => Barrier();

    /// <inheritdoc/>
    public IReadOnlyList<int> Missing()
        => [.. Enumerable.Range(0, Count).Where(r => _processes[r].Host == _processes[Rank].Host && !Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{_processes[r].Process}")))];

    /// <inheritdoc/>
    public void Abort(int exitCode) => _ = OpenMpi.Abort(_world, exitCode);

    /// <inheritdoc/>
    public void Dispose() => _ = OpenMpi.FinalizeAll();

    private void Await(nint request) => new Transfer(this, request).Wait();

    private void Hear(RankPatience patience)
    {
        if (patience.Tells())
        {
            *_place = patience.Place;
            foreach (int other in Enumerable.Range(0, Count).Where(r => r != Rank))
            {
                Check(OpenMpi.BeginSend(_place, sizeof(long), _byte, other, PlaceTag, _world, out nint request), "MPI_Isend");
                Check(OpenMpi.Forget(ref request), "MPI_Request_free");
            }
        }

        for (int other = 0; other < Count; other++)
        {
            Check(OpenMpi.Probe(other, PlaceTag, _world, out int isThere, 0), "MPI_Iprobe");
            if (isThere != 0)
            {
                long place;
                Check(OpenMpi.Receive(&place, sizeof(long), _byte, other, PlaceTag, _world, 0), "MPI_Recv");
                patience.Hear(other, place);
            }
        }
    }

    private (string Host, int Process)[] Introduce()
    {
        const int Size = LongestHostName + sizeof(int);
        byte[] all = new byte[Count * Size];
        var own = all.AsSpan(Rank * Size, Size);
        int process = Environment.ProcessId;
        MemoryMarshal.Write(own, in process);
        string host = Environment.MachineName;
        Encoding.UTF8.GetBytes(host.AsSpan(0, Math.Min(host.Length, LongestHostName / 4)), own[sizeof(int)..]);
        AllGather(all);
        return [.. all.Chunk(Size).Select(p => (Encoding.UTF8.GetString(p, sizeof(int), LongestHostName).TrimEnd('\0'), MemoryMarshal.Read<int>(p)))];
    }

    private static nint Export(string name) => NativeLibrary.GetExport(NativeLibrary.Load(OpenMpi.Library), name);

    private static void Check(int code, string function)
    {
        if (code == 0)
        {
            return;
        }

        byte* text = stackalloc byte[OpenMpi.LongestText];
        _ = OpenMpi.ErrorString(code, text, out int length);
        throw new ArtifactException($"{function} failed: {Encoding.ASCII.GetString(text, Math.Clamp(length, 0, OpenMpi.LongestText))}. Another rank is gone, or the network between the machines is; run the same command again.");
    }

    private sealed class Transfer(MpiProcessGroup ranks, nint request) : ITransfer
    {
        private nint _request = request;
        private bool _isDone;

        public bool Advance()
        {
            if (!_isDone)
            {
                Check(OpenMpi.Test(ref _request, out int isDone, 0), "MPI_Test");
                _isDone = isDone != 0;
            }

            return _isDone;
        }

        // MPI's own waiting keeps a core busy, which rank 0 may need for what the others wait for.
        public void Wait()
        {
            long started = Stopwatch.GetTimestamp();
            while (!Advance())
            {
                bool isShort = Stopwatch.GetElapsedTime(started) < _impatience;
                if (!isShort && ranks._patience is { } patience)
                {
                    ranks.Hear(patience);
                }

                Thread.Sleep(isShort ? 0 : 1);
            }
        }
    }
}
