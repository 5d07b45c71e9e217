using FuseSharp.Models.Families;
using FuseSharp.Models.Rows;

namespace FuseSharp.Models.Decoding;

/// <summary>A feed-forward part on rows.</summary>
internal abstract class FeedForwardRows
{
    /// <summary>Runs it.</summary>
    /// <param name="states">Only read.</param>
    /// <param name="results">Gets as many rows.</param>
    /// <param name="space">Shared by the layers.</param>
    public abstract void Run(StateRows states, StateRows results, StepSpace space);
}

/// <summary>down(activation(gate x) · up x).</summary>
internal sealed unsafe class GatedRows(RowMap gate, RowMap up, RowMap down, ActivationKind activation) : FeedForwardRows
{
    /// <inheritdoc/>
    public override void Run(StateRows states, StateRows results, StepSpace space)
    {
        gate.Run(states, space.Gate);
        up.Run(states, space.Up);
        RowArithmetic.Activate(activation, space.Gate.Row(0), space.Up.Row(0), space.Gate.Numbers.Length);
        space.Gate.Changed();
        down.Run(space.Gate, results);
    }
}

/// <summary>The same with gate and up in one map, gate's rows first.</summary>
internal sealed unsafe class FusedGatedRows(RowMap both, RowMap down, ActivationKind activation) : FeedForwardRows
{
    /// <inheritdoc/>
    public override void Run(StateRows states, StateRows results, StepSpace space)
    {
        both.Run(states, space.Up);
        int width = space.Up.Width / 2;
        space.Gate.Resize(states.Count, width);
        for (int i = 0; i < states.Count; i++)
        {
            new Span<float>(space.Up.Row(i), width).CopyTo(new Span<float>(space.Gate.Row(i), width));
            RowArithmetic.Activate(activation, space.Gate.Row(i), space.Up.Row(i) + width, width);
        }

        down.Run(space.Gate, results);
    }
}

/// <summary>down(activation(up x)).</summary>
internal sealed unsafe class PlainRows(RowMap up, RowMap down, ActivationKind activation) : FeedForwardRows
{
    /// <inheritdoc/>
    public override void Run(StateRows states, StateRows results, StepSpace space)
    {
        up.Run(states, space.Gate);
        RowArithmetic.Activate(activation, space.Gate.Row(0), null, space.Gate.Numbers.Length);
        space.Gate.Changed();
        down.Run(space.Gate, results);
    }
}
