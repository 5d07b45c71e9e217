using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>What all blocks of one forward pass share.</summary>
/// <param name="Angles">Of the tokens that are read now.</param>
/// <param name="Mask">For blocks that see everything; null where none is needed.</param>
/// <param name="WindowMask">For blocks with a sliding window; null where none is needed.</param>
/// <param name="Cache">Keys and values of the tokens before.</param>
internal sealed record RotaryContext(
    (Tensor Cos, Tensor Sin) Angles, Tensor? Mask, Tensor? WindowMask, KeyValueCache? Cache);
