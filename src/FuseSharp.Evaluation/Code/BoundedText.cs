using System.Text;

namespace FuseSharp.Evaluation.Code;

/// <summary>Reads all of a program's outputs, so that it never waits for a reader, and keeps the beginning.</summary>
/// <param name="most">Bytes that are kept.</param>
internal sealed class BoundedText(int most)
{
    private readonly byte[] _kept = new byte[most];
    private readonly Lock _lock = new(); // both outputs write
    private int _length;

    /// <summary>Reads an output to its end.</summary>
    public async Task ReadAsync(Stream stream)
    {
        byte[] buffer = new byte[1 << 14];
        for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
        {
            lock (_lock)
            {
                int taken = Math.Min(count, most - _length);
                buffer.AsSpan(0, taken).CopyTo(_kept.AsSpan(_length));
                _length += taken;
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(_kept, 0, _length);
}
