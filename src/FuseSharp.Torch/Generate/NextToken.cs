using FuseSharp.Torch.Models;
using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Generate;

/// <summary>What a model says of the next token of texts.</summary>
internal static class NextToken
{
    /// <summary>Reads tokens of one text into the cache and gives the logits behind the last one.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="unread">The tokens that the cache does not hold, at least one.</param>
    /// <param name="cache">Of one sequence.</param>
    /// <returns>[tokenizer's vocabulary].</returns>
    public static float[] Logits(LanguageModel model, int[] unread, KeyValueCache cache) => Logits(model, unread, 1, cache);

    /// <summary>Reads one token of each of several texts.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="unread">[rows] the tokens that the cache does not hold.</param>
    /// <param name="cache">Of these texts.</param>
    /// <returns>[rows · tokenizer's vocabulary].</returns>
    public static float[] LogitsOfEach(LanguageModel model, int[] unread, KeyValueCache cache) => Logits(model, unread, unread.Length, cache);

    private static float[] Logits(LanguageModel model, int[] unread, int rows, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        long tokens = unread.Length / rows;
        var weight = model.Network.OutputWeight;
        var states = model.Network.HiddenStates(tensor(unread, [rows, tokens], ScalarType.Int64, device: weight.device), cache);
        var logits = states.narrow(1, tokens - 1, 1).squeeze(1).matmul(weight.t()).to(ScalarType.Float32); // [rows, embedding's rows]
        return logits.narrow(1, 0, Math.Min(logits.shape[1], model.Tokenizer.Vocabulary.Count)).contiguous().cpu().data<float>().ToArray();
    }
}
