using FuseSharp.Models.Configuration;
using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>What all blocks of one forward pass share: angles for each kind of positions, masks for each window.</summary>
/// <param name="tokens">That are read now.</param>
/// <param name="cache">Keys and values of the tokens before.</param>
/// <param name="like">Gives type and device.</param>
/// <param name="length">Tokens of the whole text, of a single sequence; null where those that are read now are its last ones.</param>
internal sealed class RotaryContext(long tokens, KeyValueCache? cache, Tensor like, long? length = null)
{
    private readonly Dictionary<RotaryPositions, (Tensor Cos, Tensor Sin)> _angles = [];
    private readonly Dictionary<long, Tensor?> _masks = []; // by window, 0 for none

    /// <summary>Keys and values of the tokens before.</summary>
    public KeyValueCache? Cache => cache;

    /// <summary>Angles and masks of a design, made before its first block: a block that runs a second time for its gradient finds them.</summary>
    /// <param name="rotary">Of a block; null for one whose heads do not turn.</param>
    /// <param name="window">Of a block; null for all.</param>
    public void Prepare(RotaryPositions? rotary, long? window)
    {
        if (rotary is { } positions && !_angles.ContainsKey(positions))
        {
            _angles[positions] = positions.Angles(cache?.Length ?? 0, cache?.Padding, tokens, like, length);
        }

        if (!_masks.ContainsKey(window ?? 0))
        {
            _masks[window ?? 0] = CausalAttention.MaskOf(tokens, cache, window, like);
        }
    }

    /// <summary>Of the tokens that are read now; null for blocks whose heads do not turn.</summary>
    public (Tensor Cos, Tensor Sin)? Angles(RotaryPositions? positions) => positions is null ? null : _angles[positions];

    /// <summary>Null where none is needed.</summary>
    /// <param name="window">Of a block; null for all.</param>
    public Tensor? Mask(long? window) => _masks[window ?? 0];
}
