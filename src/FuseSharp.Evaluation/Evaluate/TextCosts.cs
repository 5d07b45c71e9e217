namespace FuseSharp.Evaluation.Evaluate;

/// <summary>What single texts took a model.</summary>
/// <param name="Nats">Of each text.</param>
/// <param name="Bytes">UTF-8 length of each text.</param>
/// <param name="Words">Words of each text as lm-evaluation-harness counts them: what white space parts, empty parts at the ends included.</param>
public sealed record TextCosts(IReadOnlyList<double> Nats, IReadOnlyList<double> Bytes, IReadOnlyList<double> Words)
{
    /// <summary>Puts texts and what they took together.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="nats">Of each text.</param>
    public static TextCosts Sum(IReadOnlyList<MeasuredText> texts, double[] nats)
        => new(nats, [.. texts.Select(t => (double)t.Bytes)], [.. texts.Select(t => (double)WordsOf(t.Text))]);

    private static int WordsOf(string text)
    {
        int words = 1;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]) && (i == 0 || !char.IsWhiteSpace(text[i - 1])))
            {
                words++;
            }
        }

        return words;
    }
}
