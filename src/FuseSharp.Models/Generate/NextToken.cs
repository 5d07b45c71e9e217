using static TorchSharp.torch;

namespace FuseSharp.Models.Generate;

/// <summary>What a model says of the next token of texts.</summary>
internal static class NextToken
{
    /// <summary>The logits behind some tokens.</summary>
    /// <param name="model">Only read.</param>
    /// <param name="states">[rows, hidden] the final states of the last token of each text.</param>
    /// <returns>[rows · head's rows]: those behind the tokenizer's vocabulary count in the normalizer, as in every score, and <see cref="Generation"/> never draws them.</returns>
    public static float[] Logits(LanguageModel model, Tensor states)
    {
        using var scope = NewDisposeScope();
        return model.Network.LogitsOf(states).to(ScalarType.Float32).cpu().data<float>().ToArray(); // [rows, head's rows]
    }
}
