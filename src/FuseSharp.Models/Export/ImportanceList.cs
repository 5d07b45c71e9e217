using System.Runtime.InteropServices;

namespace FuseSharp.Models.Export;

/// <summary>An importance matrix as llama.cpp's C interface takes it, held in memory that does not move until it is disposed.</summary>
internal sealed unsafe class ImportanceList : IDisposable
{
    private readonly List<nint> _names = [];
    private readonly List<GCHandle> _numbers = [];
    private readonly Entry* _entries;

    /// <param name="matrix">What it lists.</param>
    public ImportanceList(ImportanceMatrix matrix)
    {
        // One more, all zero, ends the list.
        _entries = (Entry*)NativeMemory.AllocZeroed((nuint)(matrix.Columns.Count + 1), (nuint)sizeof(Entry));
        foreach (var (name, columns) in matrix.Columns)
        {
            var held = GCHandle.Alloc(columns, GCHandleType.Pinned);
            _entries[_names.Count] = new Entry { Name = Marshal.StringToCoTaskMemUTF8(name), Numbers = held.AddrOfPinnedObject(), Count = (nuint)columns.Length };
            _names.Add(_entries[_names.Count].Name);
            _numbers.Add(held);
        }
    }

    /// <summary>Of the first entry.</summary>
    public nint Address => (nint)_entries;

    /// <inheritdoc/>
    public void Dispose()
    {
        _names.ForEach(Marshal.FreeCoTaskMem);
        _numbers.ForEach(n => n.Free());
        NativeMemory.Free(_entries);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public nint Name;

        public nint Numbers;

        public nuint Count;
    }
}
