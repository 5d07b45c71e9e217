using FuseSharp.Torch.Models;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Generate;

/// <summary>What a model says of the next token of one text.</summary>
internal static class NextToken
{
    /// <summary>Reads tokens into the cache and gives the logits behind the last one.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="unread">The tokens that the cache does not hold, at least one.</param>
    /// <param name="cache">Of one sequence.</param>
    /// <returns>[tokenizer's vocabulary].</returns>
    public static float[] Logits(LanguageModel model, int[] unread, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        var weight = model.Network.OutputWeight;
        var states = model.Network.HiddenStates(tensor(unread, [1, unread.Length], ScalarType.Int64, device: weight.device), cache);
        var logits = states.narrow(1, unread.Length - 1, 1).matmul(weight.t()).to(ScalarType.Float32).view(-1);
        return logits.narrow(0, 0, Math.Min(logits.shape[0], model.Tokenizer.Vocabulary.Count)).cpu().data<float>().ToArray();
    }
}
