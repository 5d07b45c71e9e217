using System.Buffers.Binary;
using System.Text;
using FuseSharp.Errors;
using static TorchSharp.torch;

namespace FuseSharp.Models.Checkpoints;

/// <summary>Runs the pickle of a state dict. It knows tensors, storages, ordered dictionaries and plain values; a pickle that names any other callable is refused.</summary>
/// <remarks>Opcodes of Python's pickle protocols 2 to 5 as <c>pickletools.py</c> documents them. Nothing is called: a name stands for itself until REDUCE gives it
/// a meaning here. Time and memory are linear in the bytes.</remarks>
internal sealed class TensorUnpickler(byte[] pickle, string path)
{
    private const int MostDimensions = 16;

    private static readonly object _mark = new();
    private static readonly Dictionary<string, ScalarType> _storages = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = ScalarType.Float32,
        ["torch.HalfStorage"] = ScalarType.Float16,
        ["torch.BFloat16Storage"] = ScalarType.BFloat16,
        ["torch.DoubleStorage"] = ScalarType.Float64,
        ["torch.LongStorage"] = ScalarType.Int64,
        ["torch.IntStorage"] = ScalarType.Int32,
        ["torch.ShortStorage"] = ScalarType.Int16,
        ["torch.CharStorage"] = ScalarType.Int8,
        ["torch.ByteStorage"] = ScalarType.Byte,
        ["torch.BoolStorage"] = ScalarType.Bool,
    };

    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _at;

    /// <summary>The tensors by name, in the pickle's order.</summary>
    /// <exception cref="ModelException">The pickle is damaged, names another callable, or holds something else than tensors.</exception>
    public IEnumerable<(string Name, PickledTensor Tensor)> Read()
    {
        while (true)
        {
            byte code = Take(1)[0];
            if (code == (byte)'.')
            {
                break;
            }

            Step(code);
        }

        var state = Pop() as Dictionary<object, object?> ?? throw Error("holds no dictionary of tensors");
        return state.Select(e => e is { Key: string name, Value: PickledTensor tensor } ? (name, tensor)
            : throw Error($"holds '{e.Key}', which is not a tensor"));
    }

    private void Step(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                Take(1);
                break;
            case 0x95: // FRAME
                Take(8);
                break;
            case (byte)'(':
                _stack.Add(_mark);
                break;
            case (byte)'}':
                _stack.Add(new Dictionary<object, object?>());
                break;
            case (byte)']':
                _stack.Add(new List<object?>());
                break;
            case (byte)')':
                _stack.Add(Array.Empty<object?>());
                break;
            case (byte)'t':
                _stack.Add(PopToMark());
                break;
            case 0x85 or 0x86 or 0x87: // TUPLE1 to TUPLE3
                object?[] few = new object?[code - 0x84];
                for (int i = few.Length - 1; i >= 0; i--)
                {
                    few[i] = Pop();
                }

                _stack.Add(few);
                break;
            case (byte)'N':
                _stack.Add(null);
                break;
            case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                _stack.Add(code == 0x88);
                break;
            case (byte)'K':
                _stack.Add((long)Take(1)[0]);
                break;
            case (byte)'M':
                _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case (byte)'J':
                _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case 0x8a: // LONG1
                _stack.Add(ReadLong());
                break;
            case (byte)'G':
                _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case (byte)'X':
                _stack.Add(ReadText(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            case 0x8c: // SHORT_BINUNICODE
                _stack.Add(ReadText(Take(1)[0]));
                break;
            case (byte)'q':
                _memo[Take(1)[0]] = Peek();
                break;
            case (byte)'r':
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                break;
            case 0x94: // MEMOIZE
                _memo[(uint)_memo.Count] = Peek();
                break;
            case (byte)'h':
                _stack.Add(Recall(Take(1)[0]));
                break;
            case (byte)'j':
                _stack.Add(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                break;
            default:
                StepObject(code);
                break;
        }
    }

    private void StepObject(byte code)
    {
        switch (code)
        {
            case (byte)'c':
                string module = ReadLine();
                _stack.Add(Known($"{module}.{ReadLine()}"));
                break;
            case 0x93: // STACK_GLOBAL
                string name = Pop() as string ?? "";
                _stack.Add(Known($"{Pop() as string}.{name}"));
                break;
            case (byte)'Q':
                _stack.Add(StorageOf(Pop() as object?[]));
                break;
            case (byte)'R':
                object?[] arguments = Pop() as object?[] ?? throw Damaged();
                _stack.Add(Build((Pop() as Callable)?.Name ?? throw Damaged(), arguments));
                break;
            case (byte)'b': // BUILD: attributes of the dictionary, such as _metadata; they are no weights
                Pop();
                _ = Peek() as Dictionary<object, object?> ?? throw Error("sets attributes of an object, expected tensors only");
                break;
            case (byte)'s':
                object? value = Pop();
                Set(Pop(), value);
                break;
            case (byte)'u':
                object?[] pairs = PopToMark();
                for (int i = 0; i + 1 < pairs.Length; i += 2)
                {
                    Set(pairs[i], pairs[i + 1]);
                }

                break;
            case (byte)'a':
                object? item = Pop();
                (Peek() as List<object?> ?? throw Damaged()).Add(item);
                break;
            case (byte)'e':
                object?[] items = PopToMark();
                (Peek() as List<object?> ?? throw Damaged()).AddRange(items);
                break;
            default:
                throw Error(FormattableString.Invariant($"uses the pickle opcode 0x{code:x2}, which a dictionary of tensors does not need"));
        }
    }

    private Callable Known(string name)
        => _storages.ContainsKey(name) || name is "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_parameter" or "collections.OrderedDict"
            ? new Callable(name)
            : throw new ModelException($"'{path}' names the callable '{Shown(name)}', expected tensors only: loading it would run foreign code. Take the model's safetensors, or another model.");

    private object Build(string name, object?[] arguments)
        => name switch
        {
            "collections.OrderedDict" when arguments.Length == 0 => new Dictionary<object, object?>(),
            "torch._utils._rebuild_parameter" when arguments is [PickledTensor tensor, ..] => tensor,
            "torch._utils._rebuild_tensor_v2" when arguments is [PickledStorage storage, long offset, object?[] { Length: <= MostDimensions } shape, object?[] { Length: <= MostDimensions } strides, ..]
                => TensorOf(storage, offset, Sizes(shape), Sizes(strides)),
            _ => throw Damaged(),
        };

    private PickledTensor TensorOf(PickledStorage storage, long offset, long[] shape, long[] strides)
        => offset >= 0 && shape.Length == strides.Length ? new PickledTensor(storage, offset, shape, strides) : throw Damaged();

    private long[] Sizes(object?[] values) => [.. values.Select(v => v is long and >= 0 ? (long)v : throw Damaged())];

    // ("storage", type, key, device, number of elements)
    private PickledStorage StorageOf(object?[]? id)
        => id is ["storage", Callable type, string key, ..] && _storages.TryGetValue(type.Name, out var number) ? new PickledStorage(number, key) : throw Damaged();

    private void Set(object? key, object? value)
    {
        var dictionary = Peek() as Dictionary<object, object?> ?? throw Damaged();
        dictionary[key as string ?? throw Error("names an entry by something else than a text")] = value;
    }

    private object? Recall(uint key) => _memo.TryGetValue(key, out object? value) ? value : throw Damaged();

    private object? Peek() => _stack.Count > 0 ? _stack[^1] : throw Damaged();

    private object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(_mark);
        if (mark < 0)
        {
            throw Damaged();
        }

        object?[] values = [.. _stack[(mark + 1)..]];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return values;
    }

    private long ReadLong()
    {
        var bytes = Take(Take(1)[0]);
        return bytes.Length > 8 ? throw Damaged() : bytes.Length == 0 ? 0 : (long)new System.Numerics.BigInteger(bytes);
    }

    private string ReadText(uint length) => Encoding.UTF8.GetString(Take(length));

    private string ReadLine()
    {
        int length = pickle.AsSpan(_at).IndexOf((byte)'\n');
        return length < 0 ? throw Damaged() : Encoding.UTF8.GetString(Take((uint)length + 1)[..^1]);
    }

    private ReadOnlySpan<byte> Take(uint count)
    {
        if (count > pickle.Length - _at)
        {
            throw Damaged();
        }

        _at += (int)count;
        return pickle.AsSpan(_at - (int)count, (int)count);
    }

    private static string Shown(string name) => (name.Length > 80 ? name[..80] + "…" : name).ReplaceLineEndings(" ");

    private ModelException Damaged() => Error(FormattableString.Invariant($"has a damaged pickle at byte {_at}"));

    private ModelException Error(string what) => new($"'{path}' {what}. Get the file again, or the model's safetensors.");

    private sealed record Callable(string Name);
}
