using FuseSharp.Evaluation.Scores;
using FuseSharp.Evaluation.Tasks;


namespace FuseSharp.Evaluation.Tests.Tasks;

public sealed class ScoreTests
{
    [Theory]
    [InlineData("Hello, world!", "Hello , world !")]
    [InlineData("It costs $1,234.56.", "It costs $ 1,234.56 .")]
    [InlineData("a 2-1 win, e.g. here", "a 2 - 1 win , e . g . here")]
    [InlineData("&quot;R&amp;D&quot; &lt;b&gt;", "\" R & D \" < b >")]
    [InlineData("well-known (very)", "well-known ( very )")]
    public void BleuTokens_AreThoseOf13a(string line, string expected) => Assert.Equal(expected, string.Join(' ', BleuTokens.Split(line)));

    [Fact]
    public void Bleu_ByHand()
    {
        // cat sat on mat: 1-grams 5 of 6 (the, the, cat, on, mat; not sits), 2-grams 3 of 5, 3-grams 1 of 4, 4-grams 0 of 3 -> 1/(2·3).
        var score = BleuScore.Compute("the cat sits on the mat", "the cat sat on the mat");
        Assert.Equal([5L, 3, 1, 0], score.Matches);
        Assert.Equal([6L, 5, 4, 3], score.Totals);
        Assert.Equal(100 * Math.Pow(5.0 / 6 * 3 / 5 * 1 / 4 * 1 / 6, 0.25), score.Value, 1e-9);

        // The same words but two fewer than the reference: only the brevity penalty, exp(1 − 6/4), is left.
        Assert.Equal(100 * Math.Exp(-0.5), BleuScore.Compute("the cat sat on", "the cat sat on the mat").Value, 1e-9);
        Assert.Equal(100, BleuScore.Compute("the cat sat on", "the cat sat on").Value, 1e-9);
    }

    [Fact]
    public void Bleu_WordRepeated_CountsAsOftenAsInTheReference()
        => Assert.Equal([2L, 0, 0, 0], BleuScore.Compute("the the the the the", "the cat sat on the mat").Matches);

    [Theory]
    [InlineData("", "the cat")]
    [InlineData("dog dog dog dog", "the cat sat down")]
    [InlineData("the cat sat", "the cat sat")] // no 4-gram at all
    public void Bleu_NothingToCount_Is0(string answer, string reference) => Assert.Equal(0, BleuScore.Compute(answer, reference).Value);

    [Fact]
    public void Bleu_OfACorpus_AddsCountsBeforeItDivides()
    {
        var (good, bad) = (BleuScore.Compute("the cat sat on", "the cat sat on"), BleuScore.Compute("a dog", "the cat"));

        // 1-grams 4 of 6, 2-grams 3 of 4, 3-grams 2 of 2, 4-grams 1 of 1; as long as the references.
        Assert.Equal(100 * Math.Pow(4.0 / 6 * 3 / 4, 0.25), BleuScore.Sum([good, bad]).Value, 1e-9);
    }

    [Fact]
    public void Bleu_SacreBleusPublishedCases()
    {
        string[] answers = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."];
        string[][] references = [["The dog bit the man.", "The dog had bit the man."], ["It was not unexpected.", "No one was surprised."], ["The man bit him first.", "The man had bitten the dog."]];

        var score = BleuScore.Sum(answers.Zip(references, (a, r) => BleuScore.Compute(a, r)));

        Assert.Equal((17L, 18L), (score.Length, score.ReferenceLength));
        Assert.Equal(48.530827, score.Value, 1e-6);
        Assert.Equal(0, BleuScore.Sum(references.Select(r => BleuScore.Compute("", r))).Value);
        Assert.Equal(83.75922397, new BleuScore([9, 7, 5, 3], [10, 8, 6, 4], 11, 11).Value, 1e-8);
        Assert.Equal(0, new BleuScore([0, 0, 0, 0], [4, 4, 2, 1], 0, 1).Value);
        Assert.Equal(0, new BleuScore([0, 0, 0, 0], [10, 11, 12, 0], 14, 10).Value);
    }

    [Theory]
    [InlineData("a", "a", 100)]
    [InlineData("", "reference", 0)]
    [InlineData("a b c", "abc", 100)]
    [InlineData("a|b", "a|c", 50)]
    [InlineData("aa", "ab", 25)]
    public void Chrf_SacreBleusPublishedCases(string answers, string references, double expected)
        => Assert.Equal(expected, ChrfScore.Sum(answers.Split('|').Zip(references.Split('|'), ChrfScore.Compute)).Value, 1e-9);

    [Fact]
    public void Chrf_ByHand()
    {
        // "abc" against "abd", white space left out: 1-grams 2 of 3, 2-grams 1 of 2, 3-grams 0 of 1, both ways; no longer ones. Mean (2/3 + 1/2)/3 = 7/18.
        Assert.Equal(100 * 7.0 / 18, ChrfScore.Compute("a bc", "ab d").Value, 1e-9);

        // "ab" against "abcd": precision 1 and 1; recall 2/4 and 1/3, mean 5/12. F₂ = 5·p·r/(4p + r) = 25/12 / (53/12) = 25/53.
        Assert.Equal(100 * 25.0 / 53, ChrfScore.Compute("ab", "abcd").Value, 1e-9);
        Assert.Equal(100, ChrfScore.Compute("the cat sat", "the cat sat").Value, 1e-9);
        Assert.Equal(0, ChrfScore.Compute("", "the cat").Value);
    }

    [Theory]
    [InlineData("The 5 Dogs-and a cat!", "5 dogs and cat")]
    [InlineData("1,000.50", "100050")] // with a comma it is no number to the reference either
    [InlineData("5.0", "5")]
    [InlineData("an Apple, the pear", "apple pear")]
    public void Drop_Normalize(string text, string expected) => Assert.Equal(expected, DropScore.Normalize(text));

    [Theory]
    [InlineData("3", "3", 1, 1)]
    [InlineData("three dogs", "dogs", 0, 0.67)]             // 1 common: precision 1/2, recall 1, F1 2/3
    [InlineData("30 yards", "20 yards", 0, 0)]              // the numbers differ
    [InlineData("20 long yards", "20 yards", 0, 0.8)]       // precision 2/3, recall 1
    [InlineData("Denver Broncos", "Denver Broncos|Oakland Raiders", 0, 0.5)] // one of two spans
    public void Drop_OneAnswer(string predicted, string spans, double exact, double f1)
        => Assert.Equal((exact, f1), DropScore.Compute(predicted, [spans.Split('|')]));

    [Fact]
    public void Drop_SeveralAnswers_BestOfEachFigure() => Assert.Equal((1.0, 1.0), DropScore.Compute("the Broncos", [["Denver Broncos"], ["Broncos"]]));

    [Theory]
    [InlineData(" The Beatles ", 1)]
    [InlineData("the beatles!", 1)]
    [InlineData("Beatles", 0)]
    [InlineData("J.R.R. Tolkien", 1)]
    public void Trivia_IgnoresCaseAndPunctuation(string predicted, double expected) => Assert.Equal(expected, TriviaScore.Compute(predicted, ["The Beatles", "J R R Tolkien", "JRR Tolkien"]));

    [Theory]
    [InlineData("50.7", "50.7", "", 1)]
    [InlineData("53.2 \\text{ atm}", "50.7", "", 1)]            // 4.9 % more
    [InlineData("53.3", "50.7", "", 1)]                         // 5.1 % more, 4.9 % of itself: as isclose has it
    [InlineData("53.4", "50.7", "", 0)]
    [InlineData("48.1", "50.7", "", 0)]
    [InlineData("+65.49", "65.49", "", 1)]
    [InlineData("-65.49", "+65.49", "", 0)]
    [InlineData("0.0", "0", "", 1)]
    [InlineData("0.04", "0", "", 0)]
    [InlineData("89{,}034.79", "89,034.79", "", 1)]
    [InlineData("3.52 \\times 10^{-19}", "3.52", "$10^{-19} \\mathrm{~J}$", 1)]
    [InlineData("3.52", "3.52", "$10^{-19} \\mathrm{~J}$", 1)]
    [InlineData("3.52 \\times 10^{-18}", "3.52", "$10^{-19} \\mathrm{~J}$", 0)]
    [InlineData("1.5e3", "1500", "", 1)]
    [InlineData("\\frac{1}{3}", "0.3333333", "", 1)]
    [InlineData("-1/2", "-0.5", "", 1)]
    [InlineData("none", "1", "", 0)]
    public void Number_Within5Percent(string predicted, string expected, string unit, double score) => Assert.Equal(score, NumberScore.Compute(predicted, expected, unit));

    [Fact]
    public void Figures_ByHand()
    {
        // mean 0.5; deviations ±0.5, variance 4·0.25/3 = 1/3, error √(1/3/4)
        Assert.Equal(new TaskFigure("acc", 0.5, Math.Sqrt(1.0 / 12)), TaskFigure.MeanOf("acc", [0, 1, 1, 0]));
        Assert.Equal(Math.Exp(2), TaskFigure.ExponentialOf("perplexity", [1, 3]).Value, 1e-12);
        Assert.Equal(Math.Exp(2), TaskFigure.ExponentialOf("perplexity", [1, 3]).StandardError, 1e-12); // error of the mean √(2/2) = 1

        TaskResult[] parts = [new("t:a", 3, [new TaskFigure("acc", 1, 0.3)]), new("t:b", 1, [new TaskFigure("acc", 0, 0.4)])];
        var means = TaskResult.MeansOf("t", parts);
        Assert.Equal((0.75, 0.5), (means[0].Figures[0].Value, means[1].Figures[0].Value));
        Assert.Equal(Math.Sqrt((0.225 * 0.225) + (0.1 * 0.1)), means[0].Figures[0].StandardError, 1e-12);
        Assert.Equal(0.25, means[1].Figures[0].StandardError, 1e-12);
    }
}
