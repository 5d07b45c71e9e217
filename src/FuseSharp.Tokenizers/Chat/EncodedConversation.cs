namespace FuseSharp.Tokenizers.Chat;

/// <summary>A conversation in a model's tokens, up to the last one that is learned.</summary>
/// <param name="Ids">Token ids, [tokens].</param>
/// <param name="EndsExclusive">[tokens] what is read of the learned messages behind each token: their bytes, and one for the end of each. Tokens of the template read nothing.</param>
/// <param name="IsLearned">[tokens] whether it holds a byte of a learned message, or is the mark that ends it.</param>
/// <param name="LeadBytes">[tokens] bytes of the template at the beginning of a learned token.</param>
/// <param name="LeftOut">Numbers of the messages that are not learned and that the template leaves out, 0-based.</param>
public sealed record EncodedConversation(int[] Ids, int[] EndsExclusive, bool[] IsLearned, int[] LeadBytes, IReadOnlyList<int> LeftOut);
