using FuseSharp.Torch.Scoring;
using static TorchSharp.torch;

namespace FuseSharp.Torch.Generate;

/// <summary>What a model says of the next token of texts.</summary>
internal static class NextToken
{
    /// <summary>The logits behind some tokens.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="states">[rows, hidden] the final states of the last token of each text.</param>
    /// <returns>[rows · tokenizer's vocabulary].</returns>
    public static float[] Logits(LanguageModel model, Tensor states)
    {
        using var scope = NewDisposeScope();
        var logits = states.matmul(model.Network.OutputWeight.t()).to(ScalarType.Float32); // [rows, embedding's rows]
        return logits.narrow(1, 0, Math.Min(logits.shape[1], model.Tokenizer.Vocabulary.Count)).contiguous().cpu().data<float>().ToArray();
    }
}
