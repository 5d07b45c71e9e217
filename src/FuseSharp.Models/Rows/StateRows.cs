using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FuseSharp.Models.Kernels;

namespace FuseSharp.Models.Rows;

/// <summary>A row of float32 for each text that is written, in memory that stays from token to token.</summary>
internal sealed unsafe class StateRows
{
    /// <summary>Texts of a group: as many as a vector has lanes.</summary>
    public const int GroupSize = 16;

    private const int Alignment = 64; // bytes: a cache line, and the widest vector

    private float* _rows;
    private float* _lanes;
    private float[] _rowsMemory = [];
    private float[] _lanesMemory = [];
    private bool _hasLanes;

    /// <summary>Numbers of a row.</summary>
    public int Width { get; private set; }

    /// <summary>How many rows there are.</summary>
    public int Count { get; private set; }

    /// <summary>Groups of <see cref="GroupSize"/> texts, the last one perhaps not full.</summary>
    public int Groups => (Count + GroupSize - 1) / GroupSize;

    /// <summary>All numbers, row by row.</summary>
    public Span<float> Numbers => new(_rows, Count * Width);

    /// <summary>Where a row lies.</summary>
    public float* Row(int index) => _rows + ((long)index * Width);

    /// <summary>Takes another number of rows and another width; what was in them is lost.</summary>
    public StateRows Resize(int count, long width)
    {
        if (count * width > _rowsMemory.Length - (Alignment / sizeof(float)))
        {
            _rows = Aligned(out _rowsMemory, count * width);
        }

        (Count, Width) = (count, (int)width);
        _hasLanes = false;
        return this;
    }

    /// <summary>Says that the numbers are others now.</summary>
    public void Changed() => _hasLanes = false;

    /// <summary>The same numbers with the texts of a group side by side, [groups, width, 16]; 0 where a group has no text.</summary>
    public float* Lanes()
    {
        if (_hasLanes)
        {
            return _lanes;
        }

        long needed = (long)Groups * GroupSize * Width;
        if (needed > _lanesMemory.Length - (Alignment / sizeof(float)))
        {
            _lanes = Aligned(out _lanesMemory, needed);
        }

        for (int group = 0; group < Groups; group++)
        {
            Turn(Row(group * GroupSize), _lanes + ((long)group * GroupSize * Width), Width, Math.Min(GroupSize, Count - (group * GroupSize)));
        }

        _hasLanes = true;
        return _lanes;
    }

    [MethodImpl(KernelRows.Compiled)]
    private static void Turn(float* rows, float* lanes, int width, int count)
    {
        new Span<float>(lanes, width * GroupSize).Clear();
        for (int r = 0; r < count; r++)
        {
            float* row = rows + ((long)r * width);
            float* lane = lanes + r;
            for (int i = 0; i < width; i++)
            {
                lane[i * GroupSize] = row[i];
            }
        }
    }

    // Pinned: the garbage collector frees it with this object, and no kernel can outlive it.
    private static float* Aligned(out float[] memory, long count)
    {
        memory = GC.AllocateUninitializedArray<float>(checked((int)count + (Alignment / sizeof(float))), pinned: true);
        nint start = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory));
        return (float*)((start + Alignment - 1) / Alignment * Alignment);
    }
}
