using FuseSharp.Errors;
using FuseSharp.Models;


namespace FuseSharp.Evaluation.Evaluate;

/// <summary>A continuation whose likelihood behind a context is asked for.</summary>
/// <param name="Context">Token ids, at least one.</param>
/// <param name="Continuation">Token ids, at least one.</param>
public sealed record LikelihoodRequest(int[] Context, int[] Continuation)
{
    /// <summary>Whether the context was longer than the model's and lost its beginning.</summary>
    public bool IsCut { get; private init; }

    /// <summary>Tokenizes a request as lm-evaluation-harness does.</summary>
    /// <remarks>
    /// The continuation's tokens are what follows the context's in both together; white space at the context's end counts to the continuation.
    /// What is longer than the model's context is cut from the left.
    /// </remarks>
    /// <param name="model">Its tokenizer and context length.</param>
    /// <param name="context">The prompt; one that a chat template wrote may begin with the token that begins a text, which is not put there twice.</param>
    /// <param name="continuation">Not empty; with the space that parts it from the prompt.</param>
    /// <param name="isConversation">Whether a chat template wrote the context: nothing is put before it.</param>
    /// <exception cref="ModelException">The tokenizer has no token to start an empty context with.</exception>
    public static LikelihoodRequest Create(LanguageModel model, string context, string continuation, bool isConversation = false)
    {
        string bare = context.TrimEnd();
        int[] whole = model.Tokenizer.Encode(context + continuation).Ids;
        int known = Math.Min(model.Tokenizer.Encode(bare).Ids.Length, whole.Length - 1);
        int[] before = known == 0 ? model.EmptyContext() : isConversation ? whole[..known] : model.Started(whole[..known]);
        int[] asked = whole[known..];
        int room = model.Network.Config.ContextLength + 1; // the last token is predicted, not read
        if (asked.Length >= room)
        {
            throw new ModelException(FormattableString.Invariant($"A continuation of {asked.Length:N0} tokens does not fit the context of {model.Name}, {room - 1:N0} tokens. Leave the row out."));
        }

        int excess = Math.Max(0, before.Length + asked.Length - room);
        return new LikelihoodRequest(before[excess..], asked) { IsCut = excess > 0 };
    }
}
