using FuseSharp.Errors;

namespace FuseSharp.Pipeline.Train.Exchange;

/// <summary>The functions of the CUDA runtime that order work of two streams, as its header declares them; AMD's HIP has them under names of its own.</summary>
internal sealed unsafe class DeviceRuntime
{
    private const int NotReady = 600; // cudaErrorNotReady, hipErrorNotReady
    private const uint NonBlocking = 1; // a stream that the default stream does not wait for
    private const uint DisableTiming = 2;

    private readonly delegate* unmanaged<int, int> _setDevice;
    private readonly delegate* unmanaged<nint*, uint, int> _streamCreate;
    private readonly delegate* unmanaged<nint, int> _streamDestroy;
    private readonly delegate* unmanaged<nint*, uint, int> _eventCreate;
    private readonly delegate* unmanaged<nint, int> _eventDestroy;
    private readonly delegate* unmanaged<nint, nint, int> _eventRecord;
    private readonly delegate* unmanaged<nint, int> _eventQuery;
    private readonly delegate* unmanaged<nint, nint, uint, int> _streamWaitEvent;

    private DeviceRuntime(nint library, string file, string prefix)
    {
        nint Get(string name) => NativeFunctions.Get(library, file, prefix + name);
        _setDevice = (delegate* unmanaged<int, int>)Get("SetDevice");
        _streamCreate = (delegate* unmanaged<nint*, uint, int>)Get("StreamCreateWithFlags");
        _streamDestroy = (delegate* unmanaged<nint, int>)Get("StreamDestroy");
        _eventCreate = (delegate* unmanaged<nint*, uint, int>)Get("EventCreateWithFlags");
        _eventDestroy = (delegate* unmanaged<nint, int>)Get("EventDestroy");
        _eventRecord = (delegate* unmanaged<nint, nint, int>)Get("EventRecord");
        _eventQuery = (delegate* unmanaged<nint, int>)Get("EventQuery");
        _streamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)Get("StreamWaitEvent");
    }

    /// <summary>The one that libtorch has loaded: another copy would know nothing of its device.</summary>
    /// <param name="why">Where there is none, why, in one line.</param>
    public static DeviceRuntime? Find(out string? why)
    {
        why = null;
        foreach (var (name, prefix) in new[] { ("libcudart", "cuda"), ("libamdhip64", "hip") })
        {
            if (NativeFunctions.FindLoaded(name) is { } file && NativeFunctions.LoadFirst([file]) is { } found)
            {
                return new DeviceRuntime(found.Library, found.File, prefix);
            }
        }

        why = "libtorch has loaded no runtime of a graphics processor (libcudart, libamdhip64) as a library of its own";
        return null;
    }

    /// <summary>Loads the runtime of a file.</summary>
    public static DeviceRuntime Load(string file)
        => NativeFunctions.LoadFirst([file]) is { } found ? new DeviceRuntime(found.Library, file, "cuda") : throw new UsageException($"'{file}' cannot be loaded, expected the library of a graphics processor's runtime.");

    /// <summary>Makes a device the calling thread's.</summary>
    public void UseDevice(int index) => Check(_setDevice(index), "SetDevice");

    /// <summary>A stream beside the default one, on which libtorch works.</summary>
    public nint CreateStream()
    {
        nint stream;
        Check(_streamCreate(&stream, NonBlocking), "StreamCreateWithFlags");
        return stream;
    }

    /// <summary>Gives a stream up; what is in it ends first.</summary>
    public void DestroyStream(nint stream) => _ = _streamDestroy(stream);

    /// <summary>A place in a stream.</summary>
    public nint CreateEvent()
    {
        nint place;
        Check(_eventCreate(&place, DisableTiming), "EventCreateWithFlags");
        return place;
    }

    /// <summary>Gives an event up.</summary>
    public void DestroyEvent(nint place) => _ = _eventDestroy(place);

    /// <summary>Puts an event behind all that is in a stream so far.</summary>
    public void Record(nint place, nint stream) => Check(_eventRecord(place, stream), "EventRecord");

    /// <summary>Whether all before an event is done.</summary>
    public bool IsDone(nint place)
    {
        int result = _eventQuery(place);
        if (result != NotReady)
        {
            Check(result, "EventQuery");
        }

        return result != NotReady;
    }

    /// <summary>What comes into a stream from now on waits for an event.</summary>
    public void Wait(nint stream, nint place) => Check(_streamWaitEvent(stream, place, 0), "StreamWaitEvent");

    private static void Check(int result, string function)
    {
        if (result != 0)
        {
            throw new ArtifactException(FormattableString.Invariant($"The graphics processor's runtime reports error {result} in {function}: it has failed, or an earlier operation on it has. Run the same command again; where it comes back, look at the driver's log (dmesg)."));
        }
    }
}
