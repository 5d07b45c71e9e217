using System.Text.Json;
using FuseSharp.Errors;
using FuseSharp.Evaluation.Scores;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Storage.Texts;
using FuseSharp.Testing;

namespace FuseSharp.Cases.Tests.Work;

public sealed class BenchmarkCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/authors-formats")]
    public void AuthorsFiles_AreRead()
    {
        var arc = Question("arc_easy", CaseFolder.At("work/authors-formats", "arc-authors.jsonl"), "test.jsonl");
        Assert.Equal("Question: Which is red?\nAnswer:", arc.Question);
        Assert.Equal(["apple", "sky"], arc.Choices);
        Assert.Equal(0, arc.Gold);
        Assert.Equal("Which is red?", Question("openbookqa", CaseFolder.At("work/authors-formats", "arc-authors.jsonl"), "test.jsonl").Question);

        var boolq = Question("boolq", CaseFolder.At("work/authors-formats", "boolq-authors.jsonl"), "validation.jsonl");
        Assert.Equal("Rome is the capital of Italy.\nQuestion: is rome the capital of italy?\nAnswer:", boolq.Question);
        Assert.Equal(1, boolq.Gold);
    }

    [Theory]
    [InlineData("2", 1)]
    [InlineData(" B", 1)]
    [InlineData("A", 0)]
    public void AnswerKeys_OfBothKinds_AreTold(string key, int expected)
    {
        string row = JsonSerializer.Serialize(new { question = "q", choices = new { text = new[] { "x", "y" }, label = new[] { "A", "B" } }, answerKey = key });
        Assert.Equal(expected, Question("arc_easy", _folder.Write("row.jsonl", System.Text.Encoding.UTF8.GetBytes(row)), "test.jsonl").Gold);
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/chrf-short-reference")]
    public void Chrf_OfShortReferences_IsSacreBleus()
    {
        string[][][] corpora = JsonSerializer.Deserialize<string[][][]>(File.ReadAllText(CaseFolder.At("work/chrf-short-reference", "pairs.json")))!;

        double[] scores = Array.ConvertAll(corpora, corpus => ChrfScore.Sum(corpus.Select(p => ChrfScore.Compute(p[0], p[1]))).Value);
        Assert.Equal(73.2904, scores[0], 4);
        Assert.Equal(38.9573, scores[1], 4);
    }

    [Theory]
    [Case("work/scibench-number")]
    [InlineData("T_2 = 455", "455", 1)]
    [InlineData("v_2=3.0", "2", 0)]
    [InlineData("10^{5}", "100000", 1)]
    [InlineData("10^{5}", "10", 0)]
    [InlineData("10^{-3}", "0.001", 1)]
    [InlineData(@"\sqrt{2}", "2", 0)]
    [InlineData(@"\sqrt{2}", "1.41421", 1)]
    [InlineData(@"3\pi", "3", 0)]
    [InlineData(@"3\pi", "9.4248", 1)]
    [InlineData(@"\tfrac{1}{4}", "0.25", 1)]
    [InlineData(@"1\,000", "1000", 1)]
    [InlineData(@"2\frac{1}{2}", "2.5", 1)]
    [InlineData("–5", "-5", 1)]
    [InlineData("1.05", "1", 1)]
    [InlineData("1.052", "1", 1)]
    [InlineData("1.06", "1", 0)]
    [InlineData("0.04", "0", 0)]
    [InlineData(@"\frac12", "0.5", 1)]
    [InlineData(@"\sqrt[3]{27}", "3", 1)]
    [InlineData("1,234,567", "1234567", 1)]
    [InlineData("about 3 m/s", "3", 1)]
    [InlineData(@"x \approx 2 \times 10^{-3} \text{ m}^2", "0.002", 1)]
    public void Number_IsWhatTheExpressionIsWorth(string answer, string gold, double score) => Assert.Equal(score, NumberScore.Compute(answer, gold));

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/drop-decimal-stop")]
    public void Drop_SaysThatDecimalsEndAtTheirPoint()
    {
        var task = Assert.Single(TaskDefinition.Find("drop").Parts());
        var question = Assert.Single(TaskReader.Read(task, CaseFolder.At("work/drop-decimal-stop", "data"), int.MaxValue, 0, 1));
        Assert.Equal(["."], question.Example.Stops); // as the harness has it
        Assert.Equal(["\n"], Assert.Single(TaskDefinition.Find("drop", ["stops=[\"\\n\"]"]).Parts()).Stops);
    }

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/evaluate-window")]
    [InlineData("1", 2)]
    [InlineData("-5", 2)]
    [InlineData("0", 0)]
    [InlineData("2", 0)]
    public async Task Window_IsAtLeastTwo(string window, int expected)
    {
        var (code, output, errors) = await CommandRun.HereAsync("evaluate", DemoModels.Path("security"), "--texts", CaseFolder.At("work/evaluate-window", "held-out.jsonl"), "--window=" + window, "--precision", "float32");
        Assert.True(code == expected, output + errors);
        Assert.Equal(expected == 2, errors.Contains($"--window is {window}, expected at least 2", StringComparison.Ordinal));
    }

    [Fact(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/parquet-dictionary")]
    public void ColumnsOfOtherTypes_AreDecoded()
    {
        var question = TaskReader.Read(Assert.Single(TaskDefinition.Find("boolq").Parts()), CaseFolder.At("work/parquet-dictionary", "data"), int.MaxValue, 0, 1)[0];
        Assert.StartsWith("Rome is the capital of Italy.\nQuestion: ", question.Example.Question, StringComparison.Ordinal);

        Assert.InRange(Question("arc_easy", CaseFolder.At("work/parquet-dictionary", "arc-dict.parquet"), "test.parquet").Gold, 0, 3);
        Assert.InRange(Question("boolq", CaseFolder.At("work/parquet-dictionary", "boolq-uint8.parquet"), "validation.parquet").Gold, 0, 1);
        Assert.All(TextFiles.Read(CaseFolder.At("work/parquet-dictionary", "dict.parquet")), d => Assert.NotEmpty(d.Text));
    }

    // Texts alone: weights are told elsewhere.
    [Theory]
    [InlineData("a.txt")]
    [InlineData("a.jsonl")]
    [InlineData("a.csv")]
    [InlineData("a.jsonl.gz")]
    [InlineData("a.parquet")]
    [InlineData("a.arrow")]
    public void LfsPointers_AreNamed(string name)
    {
        string file = _folder.Write(name, "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"u8.ToArray());
        Assert.Contains("git lfs pull", Assert.Throws<ArtifactException>(() => TextFiles.Read(file).ToList()).Message, StringComparison.Ordinal);
    }

    private TaskExample Question(string task, string file, string name)
    {
        var part = Assert.Single(TaskDefinition.Find(task).Parts());
        string folder = _folder.At(Path.Combine(Guid.NewGuid().ToString("N"), part.Data[0]));
        Directory.CreateDirectory(folder);
        File.Copy(file, Path.Combine(folder, name));
        return TaskReader.Read(part, folder[..^(part.Data[0].Length + 1)], int.MaxValue, 0, 1)[0].Example;
    }
}
