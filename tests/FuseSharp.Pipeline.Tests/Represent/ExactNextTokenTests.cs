using FuseSharp.Models;
using FuseSharp.Testing;
using FuseSharp.Testing.Oracles;
using FuseSharp.Tokenizers;
using FuseSharp.Tokenizers.Files;
using static TorchSharp.torch;

namespace FuseSharp.Pipeline.Tests.Represent;

/// <summary>The exact next-token probability against a search over every sequence, one at a time.</summary>
public sealed class ExactNextTokenTests
{
    [Theory]
    [InlineData("data", "Returns: The na", "me")]
    [InlineData("web", "Gets or sets", " the")]
    [InlineData("web", "XmlReader.Re", "ad")]
    public void Ask_AnyToken_IsTheSumOverAllSequencesThatWriteIt(string name, string context, string continuation)
    {
        using var source = LanguageModel.Load(name, DemoModels.Path(name), ScalarType.Float32, CPU);
        var target = TokenizerFolder.Load(DemoModels.Path("security"));
        int[] ids = [.. source.Tokenizer.Encode(context).Ids];
        int token = target.EncodeContinuation(System.Text.Encoding.UTF8.GetBytes(continuation))[0];

        double exact = new ExactNextToken(sequences => Read(source, sequences), source.Tokenizer, target).Ask([(ids, token)])[0].Exact;

        double expected = Search(source, target, ids, [], target.TextOf(token).ToArray(), token);
        Assert.InRange(exact, 1e-6, 1);
        Assert.Equal(expected, exact, 1e-4 * expected + 3e-4); // the one leaves out continuations below 10⁻⁷
    }

    [Fact]
    public void Ask_TheSourcesOwnTokenizer_IsTheProbabilityOfTheTokenButForWhatWouldMerge()
    {
        using var source = LanguageModel.Load("data", DemoModels.Path("data"), ScalarType.Float32, CPU);
        int[] context = [.. source.Tokenizer.Encode("DataTable.Rows\nGets the collection of rows that").Ids];
        var oracle = new ExactNextToken(sequences => Read(source, sequences), source.Tokenizer, source.Tokenizer);
        float[] next = oracle.Ask([(context, context[0])])[0].Next;
        int[] likeliest = [.. Enumerable.Range(0, next.Length).Where(i => !source.Tokenizer.IsSpecial(i) && source.Tokenizer.TextOf(i).Length > 0).OrderByDescending(i => next[i]).Take(6)];

        var answers = oracle.Ask([.. likeliest.Select(t => (context, t))]);

        Assert.Equal(1, next.Sum(), 1e-4);
        Assert.All(likeliest.Zip(answers), a => Assert.InRange(a.Second.Exact, 0.7 * next[a.First], 1.001 * next[a.First]));
    }

    private static double Search(LanguageModel source, ITokenizer target, int[] context, int[] written, byte[] wanted, int token)
    {
        double sum = 0;
        float[] next = Next(source, [.. context, .. written]);
        for (int id = 0; id < source.Tokenizer.Vocabulary.Count; id++)
        {
            int[] all = [.. written, id];
            byte[] text = [.. all.SelectMany(i => source.Tokenizer.TextOf(i).ToArray())];
            bool isEnd = id == source.Tokenizer.EndOfTextId && text.AsSpan().SequenceEqual(wanted);
            if (isEnd || (text.Length > wanted.Length && text.AsSpan().StartsWith(wanted)))
            {
                bool isCanonical = source.Tokenizer.EncodeContinuation(text).SequenceEqual(isEnd ? written : all);
                sum += isCanonical && target.EncodeContinuation(text)[0] == token ? next[id] : 0;
            }
            else if (source.Tokenizer.TextOf(id).Length > 0 && wanted.AsSpan().StartsWith(text) && source.Tokenizer.EncodeContinuation(text).SequenceEqual(all))
            {
                sum += next[id] * Search(source, target, context, all, wanted, token);
            }
        }

        return sum;
    }

    private static float[][][] Read(LanguageModel source, IReadOnlyList<(int[] Context, int[] Tokens)> sequences)
        => [.. sequences.Select(s => Enumerable.Range(0, s.Tokens.Length + 1).Select(n => Next(source, [.. s.Context, .. s.Tokens[..n]])).ToArray())];

    private static float[] Next(LanguageModel source, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return source.Network.Logits(tensor([.. ids.Select(i => (long)i)], [1, ids.Length]))[0][ids.Length - 1].softmax(0).data<float>().ToArray();
    }
}
