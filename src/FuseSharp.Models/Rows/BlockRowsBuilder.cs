using System.Runtime.InteropServices;
using FuseSharp.Tokenizers.Gguf;

namespace FuseSharp.Models.Rows;

/// <summary>Collects rows of a GGUF file's blocks. Safe for several threads that set different rows.</summary>
internal sealed class BlockRowsBuilder
{
    private readonly GgufType _type;
    private readonly CodeForm _form;
    private readonly long _outputs;
    private readonly long _inputs;
    private readonly byte[] _codes;
    private readonly float[] _scales;
    private readonly float[] _minima;
    private volatile bool _isFinite = true;

    /// <param name="type">Of the file; see <see cref="Fit"/>.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Numbers of a row.</param>
    public BlockRowsBuilder(GgufType type, long outputs, long inputs)
    {
        (_type, _outputs, _inputs, _form) = (type, outputs, inputs, BlockCodes.FormOf(type)!);
        int groups = (int)(outputs * (inputs / _form.GroupSize));
        _codes = GC.AllocateUninitializedArray<byte>((int)(outputs * _form.CodeBytes(inputs)), pinned: true);
        _scales = GC.AllocateUninitializedArray<float>(groups, pinned: true);
        _minima = GC.AllocateUninitializedArray<float>(_form.HasMinima ? groups : 0, pinned: true);
    }

    /// <summary>Whether a matrix can be kept as it is stored: of a type that kernels read, of whole blocks a row, and no larger than an array.</summary>
    /// <param name="type">Of the file.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Numbers of a row.</param>
    public static bool Fit(GgufType type, long outputs, long inputs)
        => BlockCodes.FormOf(type) is { } form && inputs % GgufBlocks.SizeOf(type).Elements == 0 && outputs * form.CodeBytes(inputs) <= Array.MaxLength;

    /// <summary>Sets a row.</summary>
    /// <param name="row">Its number.</param>
    /// <param name="blocks">Its stored blocks.</param>
    public void Set(long row, ReadOnlySpan<byte> blocks)
    {
        var (elements, size) = GgufBlocks.SizeOf(_type);
        int inBlock = elements / _form.GroupSize;
        int groups = (int)(_inputs / _form.GroupSize);
        int stride = (int)_form.CodeBytes(_inputs);
        int codeBytes = (int)_form.CodeBytes(elements);
        var codes = _codes.AsSpan((int)(row * stride), stride);
        var scales = _scales.AsSpan((int)(row * groups), groups);
        var minima = _form.HasMinima ? _minima.AsSpan((int)(row * groups), groups) : default;
        Span<sbyte> single = stackalloc sbyte[elements];
        for (int b = 0; b < blocks.Length / size; b++)
        {
            BlockCodes.Split(_type, blocks.Slice(b * size, size), single, scales.Slice(b * inBlock, inBlock), _form.HasMinima ? minima.Slice(b * inBlock, inBlock) : default);
            Pack(single, codes.Slice(b * codeBytes, codeBytes));
        }

        if (!AreFinite(scales) || !AreFinite(minima))
        {
            _isFinite = false;
        }
    }

    /// <summary>The rows, once all are set.</summary>
    /// <returns>Null where a scale or minimum is not finite: written out, such numbers are seen where they are used.</returns>
    public WeightRows? Build() => !_isFinite ? null : (_form.Table, _form.HasMinima, _form.GroupSize) switch
    {
        (not null, false, _) => new BlockRows<NibbleFormat>(_outputs, _inputs, _form, _codes, _scales, _minima),
        (not null, true, _) => new BlockRows<NibbleMinimumFormat>(_outputs, _inputs, _form, _codes, _scales, _minima),
        (null, true, _) => new BlockRows<ByteMinimumFormat>(_outputs, _inputs, _form, _codes, _scales, _minima),
        (null, false, 16) => new BlockRows<ByteHalvesFormat>(_outputs, _inputs, _form, _codes, _scales, _minima),
        _ => new BlockRows<ByteFormat>(_outputs, _inputs, _form, _codes, _scales, _minima),
    };

    private void Pack(ReadOnlySpan<sbyte> single, Span<byte> codes)
    {
        if (_form.Table is null)
        {
            MemoryMarshal.Cast<sbyte, byte>(single).CopyTo(codes);
            return;
        }

        for (int i = 0; i < codes.Length; i++)
        {
            int low = (i / 16 * 32) + (i % 16);
            codes[i] = (byte)((byte)single[low] | ((byte)single[low + 16] << 4));
        }
    }

    private static bool AreFinite(ReadOnlySpan<float> numbers)
    {
        foreach (float number in numbers)
        {
            if (!float.IsFinite(number))
            {
                return false;
            }
        }

        return true;
    }
}
