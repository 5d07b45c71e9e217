using FuseSharp.Models.Configuration;
using FuseSharp.Models.Families;
using FuseSharp.Models.Rows;

namespace FuseSharp.Models.Decoding;

/// <summary>Reads one token of each of some texts and says what comes next, without libtorch: on a processor, in float32, without gradients.</summary>
/// <remarks>
/// A step of a small model is some thousand operations of a few microseconds each, of which libtorch's calls were the larger part. Here every weight is read once, in the form in which it is kept
/// (see <see cref="WeightRows"/>), and keys and values lie where the cache has them. Numbers are those of <c>CausalModel.Logits</c> beyond the order of sums.
/// The weights must stay where they are while this is used. Not for use by several threads.
/// </remarks>
/// <param name="design">The network's.</param>
/// <param name="embedding">[vocabulary, hidden].</param>
/// <param name="layers">Its layers.</param>
/// <param name="norm">Behind them.</param>
/// <param name="head">[vocabulary, hidden].</param>
internal sealed unsafe class DecodeStep(DecoderDesign design, WeightRows embedding, LayerRows[] layers, RowNorm norm, WeightRows head)
{
    private readonly StepSpace _space = new();
    private readonly StateRows _logits = new();
    private readonly Dictionary<RotaryPositions, StepAngles> _angles = design.Layers.Select(l => l.Attention.Rotary).OfType<RotaryPositions>().Distinct().ToDictionary(r => r, r => new StepAngles(r));

    /// <summary>Reads a token of each text.</summary>
    /// <param name="ids">One a text.</param>
    /// <param name="cache">Keys and values of the tokens before, at least one of each text; gets those of <paramref name="ids"/>.</param>
    /// <returns>[texts · vocabulary]: until the next call.</returns>
    public Span<float> Logits(ReadOnlySpan<int> ids, IStepCache cache)
    {
        var states = _space.States.Resize(ids.Length, design.Hidden);
        for (int i = 0; i < ids.Length; i++)
        {
            embedding.Decode(ids[i], states.Row(i));
        }

        RowArithmetic.Scale(states.Numbers, (float)design.EmbeddingScale);
        long[] lengths = new long[ids.Length];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = cache.Length - (cache.Padding?[i] ?? 0);
        }

        foreach (var angles in _angles.Values)
        {
            angles.Prepare(lengths);
        }

        foreach (var layer in layers)
        {
            layer.Run(cache, _angles, _space);
        }

        cache.Advance(1);
        norm.Run(states, _space.Normed);
        RowArithmetic.Scale(_space.Normed.Numbers, (float)design.LogitScale);
        head.Multiply(_space.Normed, null, _logits);
        if (design.LogitCap is { } cap)
        {
            RowArithmetic.Cap(_logits.Row(0), _logits.Numbers.Length, (float)cap);
        }

        return _logits.Numbers;
    }
}
