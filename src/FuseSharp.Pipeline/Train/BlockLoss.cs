using FuseSharp.Fusion.Fuse;
using FuseSharp.Fusion.Records;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Native;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Train;

/// <summary>What a model loses on packed blocks, carried back to its parameters.</summary>
/// <param name="model">Gets the gradients.</param>
/// <param name="fusion">How fused distributions count.</param>
/// <param name="targets">Makes of blocks what to predict.</param>
internal sealed class BlockLoss(CausalModel model, FusionOptions fusion, LossTargetsBuilder targets)
{
    // Where more positions have a weight, taking them out costs as much as it saves.
    private const double MostWeighed = 0.95;

    /// <summary>Runs the model forward and back.</summary>
    /// <param name="blocks">Of one length class.</param>
    /// <param name="lambda">Weight of the language-model loss.</param>
    /// <param name="counts">Positions of the whole step.</param>
    /// <returns>To be disposed by the caller; not waited for.</returns>
    public UnreadLoss Backward((PackedBlock Block, FusedDistributions? Fused)[] blocks, double lambda, StepCounts counts)
    {
        using var scope = NewDisposeScope();
        var wanted = targets.Build(blocks, lambda, counts);
        int length = wanted.Positions / blocks.Length;
        long[] ids = new long[wanted.Positions];
        for (int b = 0; b < blocks.Length; b++)
        {
            for (int t = 0; t < blocks[b].Block.Ids.Length; t++)
            {
                ids[(b * length) + t] = blocks[b].Block.Ids[t]; // padding stays 0: behind the last token, causal attention hides it
            }
        }

        var weight = model.OutputWeight;
        var states = model.HiddenStates(tensor(ids, [blocks.Length, length]).GoTo(weight.device)).view(wanted.Positions, -1);
        long[] weighed = wanted.WeighedPositions();
        if (weighed.Length > 0 && weighed.Length < MostWeighed * wanted.Positions)
        {
            // The head is not run for what nobody learns: questions, templates, padding.
            states = states.index_select(0, tensor(weighed).GoTo(weight.device));
            wanted = wanted.At(weighed);
        }

        return FusionLoss.BackwardUnread(states, weight, wanted, fusion.MissingProbability, fusion.Divergence, model.LogitCap);
    }
}
