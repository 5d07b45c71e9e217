using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FuseSharp.Models.Rows;

/// <summary>Quantized weights as a GGUF file stores them, their codes, scales and minima each in one piece.</summary>
/// <typeparam name="T">How they are read.</typeparam>
internal sealed unsafe class BlockRows<T> : WeightRows<T>
    where T : IRowFormat
{
    private readonly byte[] _codes;
    private readonly float[] _scales;
    private readonly float[] _minima;
    private readonly long _codeStride;
    private readonly long _groups;
    private readonly byte* _codeStart;
    private readonly float* _scaleStart;
    private readonly float* _minimumStart;

    /// <param name="outputs">Rows.</param>
    /// <param name="inputs">Numbers of a row, whole blocks.</param>
    /// <param name="form">How codes are kept.</param>
    /// <param name="codes">Of all rows; pinned, as the others.</param>
    /// <param name="scales">Of all groups.</param>
    /// <param name="minima">Of all groups; empty for none.</param>
    public BlockRows(long outputs, long inputs, CodeForm form, byte[] codes, float[] scales, float[] minima)
        : base(outputs, inputs, TableOf(form))
    {
        (_codes, _scales, _minima) = (codes, scales, minima);
        (_codeStride, _groups) = (form.CodeBytes(inputs), inputs / form.GroupSize);
        _codeStart = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(codes));
        _scaleStart = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(scales));
        _minimumStart = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(minima));
    }

    /// <inheritdoc/>
    public override long Bytes => _codes.LongLength + ((_scales.LongLength + _minima.LongLength) * sizeof(float));

    /// <inheritdoc/>
    protected override RowParts PartsOf(long index) => new(_codeStart + (index * _codeStride), _scaleStart + (index * _groups), _minimumStart + (index * _groups));

    private static CodeTable TableOf(CodeForm form)
    {
        if (form.Table is not { } table)
        {
            return default;
        }

        float[] numbers = [.. table.Select(c => (float)c)];
        return new CodeTable(Vector512.Create<float>(numbers), Vector128.Create<sbyte>(table));
    }
}
