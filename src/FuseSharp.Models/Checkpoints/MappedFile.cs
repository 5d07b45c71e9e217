using System.IO.MemoryMappedFiles;
using FuseSharp.Errors;
using FuseSharp.Files;

namespace FuseSharp.Models.Checkpoints;

/// <summary>A file under a memory map. Only what is being read is mapped, so that a loaded checkpoint does not count twice in the process's memory.</summary>
public sealed class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;

    /// <summary>Opens a file.</summary>
    /// <exception cref="ModelException">It is missing, empty or cannot be read.</exception>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            Length = BoundedFile.LengthOf(path);
            _file = Length > 0 ? MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read)
                : throw new ModelException($"'{path}' is empty, expected weights. Get the file again.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelException($"'{path}' cannot be read: {fault.Message} Expected a file of weights. Check the path and its rights.", fault);
        }
    }

    /// <summary>What does something with bytes.</summary>
    public delegate void BytesAction(ReadOnlySpan<byte> bytes);

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Its length in bytes.</summary>
    public long Length { get; }

    /// <summary>Lends a range of the file.</summary>
    /// <param name="start">First byte.</param>
    /// <param name="length">Bytes, inside the file.</param>
    /// <param name="use">Gets them; they are gone afterwards.</param>
    public unsafe void Read(long start, int length, BytesAction use)
    {
        if (length == 0)
        {
            use(default);
            return;
        }

        using var view = _file.CreateViewAccessor(start, length, MemoryMappedFileAccess.Read);
        byte* map = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref map);
        try
        {
            use(new ReadOnlySpan<byte>(map + view.PointerOffset, length));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>Copies a range of the file.</summary>
    public byte[] ReadBytes(long start, int length)
    {
        byte[] bytes = new byte[length];
        Read(start, length, b => b.CopyTo(bytes));
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
