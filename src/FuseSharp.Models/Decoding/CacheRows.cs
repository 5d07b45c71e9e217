namespace FuseSharp.Models.Decoding;

/// <summary>Where a layer's keys and values lie, [texts, heads, room, size] both.</summary>
/// <param name="keys">Their first number.</param>
/// <param name="values">Likewise.</param>
/// <param name="room">Positions from one head to the next.</param>
internal readonly unsafe struct CacheRows(float* keys, float* values, long room)
{
    /// <summary>The first number of the keys.</summary>
    public float* Keys { get; } = keys;

    /// <summary>The first number of the values.</summary>
    public float* Values { get; } = values;

    /// <summary>Positions from one head to the next.</summary>
    public long Room { get; } = room;
}
