using FuseSharp.Tokenizers;

namespace FuseSharp.Testing.Oracles;

/// <summary>The probability that a text goes on with a certain token of the target, as a source sees it: summed over all source token sequences that write the token's bytes.</summary>
/// <remarks>
/// With w the token's text: every canonical source sequence c for a beginning of w (there is one for each), times every source token behind it that reaches beyond w and agrees with it, counts where the target
/// would read all that was written with the token first and the source's tokenizer would write it so. Tokens that end exactly with w are followed by one more, for what comes decides whether the target ends a
/// token there; no text further ahead is looked at, and that both models ended a token before w is taken as given.
/// <code>
/// w = "unable"       un|able|…   unable|…   una|bles   unables
/// </code>
/// Costs as many readings of the context as w has bytes; for small models only.
/// </remarks>
/// <param name="read">The source: for each of some contexts and the tokens behind it, [tokens + 1][source's logits] the probabilities of what follows the context and each of the tokens.</param>
/// <param name="source">The source's tokenizer.</param>
/// <param name="target">Whose tokens are asked for.</param>
public sealed class ExactNextToken(Func<IReadOnlyList<(int[] Context, int[] Tokens)>, float[][][]> read, ITokenizer source, ITokenizer target)
{
    // Continuations behind the token's last byte that are less likely are left out: a vocabulary of them is 0.0003 of the probability.
    private const double Smallest = 1e-7;

    private const int SequencesAtOnce = 48;

    /// <summary>Answers many questions together.</summary>
    /// <param name="questions">For each the source's tokens up to a byte at which both models end one, and the target token that follows, which is no special one.</param>
    /// <returns>For each the exact probability of the token, and [source's logits] the probabilities of the source's own next tokens.</returns>
    public (double Exact, float[] Next)[] Ask(IReadOnlyList<(int[] Context, int Token)> questions)
    {
        var written = questions.SelectMany((q, number) => Beginnings(q.Token).Select(ids => (Question: number, Ids: ids))).OrderBy(w => questions[w.Question].Context.Length + w.Ids.Length).ToList();
        var answers = new (double Exact, float[] Next)[questions.Count];
        foreach (var batch in written.Chunk(SequencesAtOnce))
        {
            float[][][] rows = read([.. batch.Select(b => (questions[b.Question].Context, b.Ids))]);
            double[] parts = [.. batch.Zip(rows).AsParallel().AsOrdered().Select(b => Part(b.First.Ids, b.Second, questions[b.First.Question].Token))];
            for (int i = 0; i < batch.Length; i++)
            {
                ref var answer = ref answers[batch[i].Question];
                answer = (answer.Exact + parts[i], batch[i].Ids.Length == 0 ? rows[i][0] : answer.Next);
            }
        }

        return answers;
    }

    // The source's own tokenization of every beginning of the token's text, from nothing to all of it.
    private IEnumerable<int[]> Beginnings(int token)
    {
        byte[] text = target.TextOf(token).ToArray();
        for (int length = 0; length <= text.Length; length++)
        {
            int[] ids = [.. source.EncodeContinuation(text.AsSpan(0, length))];
            if (TextOf(ids).AsSpan().SequenceEqual(text.AsSpan(0, length)))
            {
                yield return ids;
            }
        }
    }

    // What sequences that begin so and end with one more token add.
    private double Part(int[] ids, float[][] rows, int token)
    {
        double before = 1;
        for (int i = 0; i < ids.Length; i++)
        {
            before *= rows[i][ids[i]];
        }

        byte[] wanted = target.TextOf(token).ToArray();
        byte[] start = TextOf(ids);
        double sum = 0;
        for (int next = 0; next < source.Vocabulary.Count; next++)
        {
            double probability = before * rows[^1][next];
            if (probability < Smallest && start.Length == wanted.Length)
            {
                continue;
            }

            byte[] all = [.. start, .. source.TextOf(next).Span];
            bool isEnd = next == source.EndOfTextId;
            if (all.Length < wanted.Length || !all.AsSpan().StartsWith(wanted) || (all.Length == wanted.Length && !(isEnd && start.Length == wanted.Length)))
            {
                continue;
            }

            bool isWrittenSo = isEnd || source.EncodeContinuation(all).SequenceEqual([.. ids, next]);
            sum += isWrittenSo && target.EncodeContinuation(all)[0] == token ? probability : 0;
        }

        return sum;
    }

    private byte[] TextOf(int[] ids) => [.. ids.SelectMany(i => source.TextOf(i).ToArray())];
}
