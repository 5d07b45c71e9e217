using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FuseSharp.Models.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Native;

/// <summary>What libtorch cannot do with tensors of its <c>meta</c> device outside of Python, given to it through its C interface: the shapes of a few operations' results, and how often numbers are asked for.</summary>
/// <remarks>
/// A meta tensor has a shape and no numbers. <c>cpu()</c> and <c>item()</c> of one give zeros here, and are counted: on a graphics processor they would wait until all that was asked of it is done. <c>ToDouble()</c> is refused.
/// The counts of <c>bincount</c> are equal ones, as large together as they must be, on the processor, which counts as a copy too.
/// </remarks>
internal static unsafe class MetaKernels
{
    // So many of a function's words hold what it returns.
    private delegate Tensor[] Kernel(Arguments arguments);

    private static readonly Lazy<bool> _areThere = new(Register);
    private static readonly List<string> _errors = [];
    private static int _reads;

    /// <summary>Does some work on the meta device.</summary>
    /// <param name="work">What to do.</param>
    /// <returns>How often it asked a device for numbers.</returns>
    public static int ReadsOf(Action work)
    {
        Assert.True(_areThere.Value);
        int before = _reads;
        _errors.Clear();
        try
        {
            work();
        }
        catch (Exception error) when (_errors.Count > 0)
        {
            throw new InvalidOperationException(_errors[0], error); // what came of it says less
        }

        Assert.Empty(_errors); // no exception may pass through libtorch
        return _reads - before;
    }

    /// <summary>Takes a model's parameters there: TorchSharp's <c>to</c> leaves a tensor where it is when it is asked for the meta device.</summary>
    /// <param name="model">On the processor; the same objects are its parameters afterwards.</param>
    public static void Move(nn.Module model)
    {
        foreach (var parameter in model.parameters().Where(p => p.device_type == DeviceType.CPU))
        {
            using var there = empty_like(parameter, device: META);
            there.requires_grad = parameter.requires_grad;
            nint* from = (nint*)parameter.Handle;
            nint* to = (nint*)there.Handle; // libtorch's at::Tensor is one pointer: this is its swap
            (*from, *to) = (*to, *from);
        }
    }

    private static bool Register()
    {
        nint library = NativeLibrary.Load(Path.Combine(LibTorch.Folder ?? "", OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so"));
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        _newHandle = (delegate* unmanaged<nint, nint*, int>)Export("aoti_torch_new_tensor_handle");
        _isDefined = (delegate* unmanaged<nint, byte*, int>)Export("aoti_torch_is_defined");
        var open = (delegate* unmanaged<byte*, byte*, byte*, uint, nint*, int>)Export("aoti_torch_library_init_impl");
        var add = (delegate* unmanaged<nint, byte*, delegate* unmanaged<ulong*, ulong, ulong, void>, int>)Export("aoti_torch_library_impl");
        nint opened;
        fixed (byte* space = "aten"u8, key = "Meta"u8, file = "MetaKernels.cs"u8)
        {
            Assert.Equal(0, open(space, key, file, 0, &opened));
        }

        nint registry = opened;

        void Add(ReadOnlySpan<byte> name, delegate* unmanaged<ulong*, ulong, ulong, void> function)
        {
            fixed (byte* at = name)
            {
                Assert.Equal(0, add(registry, at, function));
            }
        }

        Add("where.self"u8, &Where);
        Add("where.self_out"u8, &WhereOut);
        Add("abs"u8, &Abs);
        Add("logical_or"u8, &LogicalOr);
        Add("logical_and.out"u8, &LogicalAndOut);
        Add("index_select"u8, &IndexSelect);
        Add("mm"u8, &Product);
        Add("bmm"u8, &Product);
        Add("bincount"u8, &BinCount);
        Add("native_layer_norm"u8, &LayerNorm);
        Add("native_layer_norm_backward"u8, &LayerNormBackward);
        Add("_to_copy"u8, &ToCopy);
        return true;
    }

    private static delegate* unmanaged<nint, nint*, int> _newHandle;
    private static delegate* unmanaged<nint, byte*, int> _isDefined;

    [UnmanagedCallersOnly]
    private static void Where(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        var (condition, chosen, other) = (a.Tensor(0), a.Tensor(1), a.Tensor(2));
        Arguments.Check(condition, chosen, other);
        var both = chosen.Plus(other);
        return [empty((both.to(ScalarType.Float32) * condition.to(ScalarType.Float32)).shape, both.dtype, META)];
    });

    // Attention without fused kernels writes into the tensor that it reads.
    [UnmanagedCallersOnly]
    private static void WhereOut(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        var (condition, chosen, other, written) = (a.Tensor(0), a.Tensor(1), a.Tensor(2), a.Tensor(3));
        Arguments.Check(condition, chosen, other, written);
        Assert.Equal(other.shape, written.shape);
        return [written];
    });

    [UnmanagedCallersOnly]
    private static void Abs(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a => [empty_like(a.Tensor(0))]);

    [UnmanagedCallersOnly]
    private static void LogicalOr(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a => [a.Tensor(0).bitwise_or(a.Tensor(1))]);

    // On the way back from a clamp, in place.
    [UnmanagedCallersOnly]
    private static void LogicalAndOut(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        var (left, right, written) = (a.Tensor(0), a.Tensor(1), a.Tensor(2));
        Arguments.Check(left, right, written);
        Assert.Equal(left.shape, written.shape);
        return [written];
    });

    [UnmanagedCallersOnly]
    private static void IndexSelect(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        var (from, dimension, index) = (a.Tensor(0), (int)(long)a.Words[1], a.Tensor(2));
        Arguments.Check(from, index);
        long[] shape = from.shape;
        shape[dimension] = index.shape[0];
        return [empty(shape, from.dtype, META)];
    });

    // libtorch's own does not look where the two are.
    [UnmanagedCallersOnly]
    private static void Product(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        var (left, right) = (a.Tensor(0), a.Tensor(1));
        Arguments.Check(left, right);
        Assert.Equal(left.shape[^1], right.shape[^2]);
        Assert.Equal(left.dtype, right.dtype);
        return [empty([.. left.shape[..^1], right.shape[^1]], left.dtype, META)];
    });

    [UnmanagedCallersOnly]
    private static void BinCount(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        long all = a.Tensor(0).shape[0];
        long count = (long)a.Words[2];
        _reads++;
        return [tensor([.. Enumerable.Range(0, (int)count).Select(i => (all + count - 1 - i) / count)])];
    });

    // (input, normalized_shape, weight?, bias?, eps) → (output, mean, deviation)
    [UnmanagedCallersOnly]
    private static void LayerNorm(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        var input = a.Tensor(0);
        Arguments.Check([input, .. new[] { a.Optional(2), a.Optional(3) }.OfType<Tensor>()]);
        long[] rows = [.. input.shape[..^1], 1];
        return [empty_like(input), empty(rows, input.dtype, META), empty(rows, input.dtype, META)];
    });

    // (gradient, input, normalized_shape, mean, deviation, weight?, bias?, mask) → gradients of input, weight and bias
    [UnmanagedCallersOnly]
    private static void LayerNormBackward(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        var (gradient, input) = (a.Tensor(0), a.Tensor(1));
        var weight = a.Optional(5);
        Arguments.Check([gradient, input, a.Tensor(3), a.Tensor(4), .. new[] { weight, a.Optional(6) }.OfType<Tensor>()]);
        return [empty_like(input), empty_like(weight ?? input), empty_like(weight ?? input)];
    });

    // (tensor, dtype?, layout?, device?, pinned?, asynchronous, memory format?)
    [UnmanagedCallersOnly]
    private static void ToCopy(ulong* words, ulong inputs, ulong outputs) => Run(words, outputs, a =>
    {
        var from = a.Tensor(0);
        var type = a.Words[1] == 0 ? from.dtype : (ScalarType)(sbyte)*(ulong*)a.Words[1];
        bool leaves = a.Words[3] != 0 && *(ulong*)a.Words[3] >> 32 == (ulong)DeviceType.CPU;
        _reads += leaves ? 1 : 0;
        return [leaves ? zeros(from.shape, type, CPU) : empty_like(from, type)];
    });

    private static void Run(ulong* words, ulong outputs, Kernel kernel, [CallerMemberName] string name = "")
    {
        using var scope = NewDisposeScope();
        Tensor[] results;
        try
        {
            results = kernel(new Arguments(words));
        }
        catch (Exception error)
        {
            _errors.Add($"{name}: {error.Message.Split('\n')[0]}");
            results = [.. Enumerable.Range(0, (int)outputs).Select(_ => empty([0], device: META))];
        }

        for (int i = 0; i < results.Length; i++)
        {
            nint handle;
            _ = _newHandle(results[i].Handle, &handle);
            words[i] = (ulong)handle;
        }
    }

    /// <summary>What an operation is called with: a word each, of tensors their handles, which are the callee's from then on.</summary>
    private sealed class Arguments(ulong* words)
    {
        public ulong* Words => words;

        // Asked for once each.
        public Tensor Tensor(int at) => torch.Tensor.UnsafeCreateTensor((nint)words[at]);

        // None is a word of 0, or a tensor of nothing.
        public Tensor? Optional(int at)
        {
            if (words[at] == 0)
            {
                return null;
            }

            nint handle = (nint)(*(ulong*)words[at]);
            byte isDefined = 0;
            _ = _isDefined(handle, &isDefined);
            return isDefined == 0 ? null : torch.Tensor.UnsafeCreateTensor(handle);
        }

        // A single number may come from the processor, as everywhere in libtorch.
        public static void Check(params Tensor[] tensors)
        {
            foreach (var tensor in tensors)
            {
                if (tensor.device_type != DeviceType.META && tensor.dim() > 0)
                {
                    throw new InvalidOperationException($"a tensor of shape [{string.Join(", ", tensor.shape)}] is on {tensor.device}, the others are on the meta device");
                }
            }
        }
    }
}
