using FuseSharp.Errors;
using FuseSharp.Evaluation.Scores;
using FuseSharp.Evaluation.Tasks;
using FuseSharp.Testing;

namespace FuseSharp.Evaluation.Tests.Tasks;

public sealed class TaskReaderTests
{
    [Theory]
    [InlineData("arc_easy", "arc_easy/test.jsonl", """{"id":"1","question":"Which?","choices":{"text":["stone","air"],"label":["1","2"]},"answerKey":"2"}""", "Question: Which?\nAnswer:", "stone|air", 1)]
    [InlineData("boolq", "boolq/validation.jsonl", """{"question":"is it","passage":"It is.","label":1}""", "It is.\nQuestion: is it?\nAnswer:", "no|yes", 1)]
    [InlineData("hellaswag", "hellaswag/validation.jsonl", """{"activity_label":"Roof","ctx_a":"A man. [title] He","ctx_b":"IS on","endings":[" up [step]","a  b"],"label":"0"}""", "Roof: A man.. He Is on", "up |a b", 0)]
    [InlineData("openbookqa", "openbookqa/main/test.jsonl", """{"question_stem":"The sun","choices":{"text":["a","b","c"],"label":["A","B","C"]},"answerKey":"C"}""", "The sun", "a|b|c", 2)]
    public void Read_Choices_AreAskedAsTheFieldDoes(string name, string file, string row, string prompt, string choices, int gold)
    {
        using var folder = new ScratchFolder();
        Write(folder, file, row);

        var (example, asked) = Assert.Single(TaskReader.Read(TaskDefinition.Find(name), folder.Path, 10, null, 1));

        Assert.Equal(prompt, asked);
        Assert.Equal(choices.Split('|'), example.Choices);
        Assert.Equal(gold, example.Gold);
    }

    [Theory]
    [InlineData("lambada", "lambada/test.jsonl", """{"text":"he said \"no\" to her"}""", "he said \"no\" to", "her")]
    [InlineData("triviaqa", "triviaqa/validation.jsonl", """{"question":"Who","answer":{"value":"A","aliases":["A","B"]}}""", "Question: Who?\nAnswer:", "A|B")]
    [InlineData("iwslt2017", "iwslt2017-de-en/test.jsonl", """{"translation":{"de":"Guten Tag","en":"Good day"}}""", "German: Guten Tag\nEnglish:", "Good day")]
    [InlineData("iwslt2017_en_de", "iwslt2017-en-de/test.jsonl", """{"translation":{"de":"Guten Tag","en":"Good day"}}""", "English: Good day\nGerman:", "Guten Tag")]
    [InlineData("drop", "drop/validation.jsonl", """{"passage":"P.","question":"Q?","answer":{"number":"","date":{"day":"3","month":"May","year":"1900"},"spans":[]}}""", "P. Q?", "3 May 1900")]
    public void Read_Others_AreAskedAsTheFieldDoes(string name, string file, string row, string prompt, string answers)
    {
        using var folder = new ScratchFolder();
        Write(folder, file, row);

        var (example, asked) = Assert.Single(TaskReader.Read(TaskDefinition.Find(name), folder.Path, 10, null, 1));

        Assert.Equal(prompt, asked);
        Assert.Equal(answers.Split('|'), example.Answers);
    }

    [Fact]
    public void DropAnswers_ListsOfHuggingFacesParquet_AreTurned()
    {
        using var folder = new ScratchFolder();
        Write(folder, "drop/validation.jsonl", """{"passage":"P.","question":"Q?","answer":{"number":"4","date":{"day":"","month":"","year":""},"spans":[]},"validated_answers":{"number":["","4"],"date":[{"day":"","month":"","year":""},{"day":"","month":"","year":""}],"spans":[["a","b"],[]]}}""");

        Assert.Equal([["4"], ["a", "b"]], TaskReader.Read(TaskDefinition.Find("drop"), folder.Path, 1, null, 1)[0].Example.Row.DropSpans());
    }

    [Fact]
    public void Read_Shots_AreDrawnFromTheTrainSplitByTheSeedAndTheRow()
    {
        using var folder = new ScratchFolder();
        Write(folder, "arc_easy/test.jsonl", Row(100), Row(101));
        Write(folder, "arc_easy/train.jsonl", [.. Enumerable.Range(0, 9).Select(Row)]);
        var task = TaskDefinition.Find("arc_easy");

        string[] prompts = [.. TaskReader.Read(task, folder.Path, 10, 2, 7).Select(q => q.Prompt)];

        Assert.Matches("^Question: q\\d\\nAnswer: right\\n\\nQuestion: q\\d\\nAnswer: right\\n\\nQuestion: q100\\nAnswer:$", prompts[0]);
        Assert.Equal(prompts, TaskReader.Read(task, folder.Path, 10, 2, 7).Select(q => q.Prompt));
        Assert.Equal(prompts[0], Assert.Single(TaskReader.Read(task, folder.Path, 1, 2, 7)).Prompt); // whatever the limit
        Assert.NotEqual(prompts, TaskReader.Read(task, folder.Path, 10, 2, 8).Select(q => q.Prompt));
    }

    [Fact]
    public void Read_ShotsFromTheSameSplit_NeverShowTheQuestionItself()
    {
        using var folder = new ScratchFolder();
        Write(folder, "arc_easy.jsonl", [.. Enumerable.Range(0, 4).Select(Row)]);
        var task = TaskDefinition.Find("arc_easy") with { Data = ["arc_easy.jsonl"] };

        foreach (var (example, prompt) in TaskReader.Read(task, folder.Path, 10, 3, 1))
        {
            Assert.Equal(prompt.Length - example.Question.Length, prompt.LastIndexOf(example.Question, StringComparison.Ordinal));
            Assert.Equal(prompt.Length - example.Question.Length, prompt.IndexOf(example.Question, StringComparison.Ordinal));
        }

        Assert.Contains("4 examples, but there are 3", Assert.Throws<ArtifactException>(() => TaskReader.Read(task, folder.Path, 10, 4, 1)).Message, StringComparison.Ordinal);
    }

    [Theory(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    [InlineData("bbh", 27)]
    [InlineData("bbh_direct", 27)]
    [InlineData("scibench", 10)]
    public void Read_RealData_FitsTheDefinition(string name, int parts)
    {
        var all = TaskDefinition.Find(name).Parts();
        Assert.Equal(parts, all.Count);
        foreach (var part in all)
        {
            var questions = TaskReader.Read(part, SharedData.Path("data", "eval"), int.MaxValue, null, 1);
            Assert.InRange(questions.Count, 20, 250);
            if (name != "scibench")
            {
                Assert.Equal(5, questions[0].Prompt.Split("\n\nQ: ").Length); // description, three examples, question
                Assert.DoesNotContain("canary", questions[0].Prompt, StringComparison.Ordinal);
                Assert.Equal(name == "bbh", questions[0].Prompt.Contains("step by step", StringComparison.Ordinal));
            }
            else
            {
                Assert.All(questions, q => Assert.Equal(1, NumberScore.Compute(q.Example.Answers[0], q.Example.Answers[0])));
            }
        }
    }

    [Fact(Skip = SharedData.MissingReason, SkipWhen = nameof(SharedData.IsMissing), SkipType = typeof(SharedData))]
    public void Read_BbhDirect_KeepsTheAnswersOnly()
    {
        string data = SharedData.Path("data", "eval");
        string prompt = TaskReader.Read(TaskDefinition.Find("bbh_direct:sports_understanding").Parts()[0], data, 1, null, 1)[0].Prompt;
        Assert.Matches("^[^\\n]+\\n\\nQ: [^\\n]+\\nA: (yes|no)\\n\\nQ: [^\\n]+\\nA: (yes|no)\\n\\nQ: [^\\n]+\\nA: (yes|no)\\n\\nQ: [^\\n]+\\nA:$", prompt);
        prompt = TaskReader.Read(TaskDefinition.Find("bbh_direct:boolean_expressions").Parts()[0], data, 1, 1, 1)[0].Prompt;
        Assert.StartsWith("Evaluate the result of a random Boolean expression.\n\nQ: not ( ( not not True ) ) is\nA: False\n\nQ: ", prompt, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("So the answer is (B).", "(B)")]
    [InlineData("One. So the answer is ] } ].\nmore", "] } ]")]
    [InlineData("so the answer is 2.5. And", "2.5. And")]
    [InlineData("the answer is yes", "yes")]
    [InlineData("nothing", "")]
    public void OfText_BbhAnswers_AreExtracted(string generated, string expected)
    {
        using var folder = new ScratchFolder();
        Write(folder, "x.jsonl", """{"input":"i","target":"(B)"}""");
        var task = TaskDefinition.Find("bbh:snarks").Parts()[0];
        var example = TaskExample.Parse(task, TaskRows.Read(folder.Path, ["x.jsonl"], "test", null)[0]);

        var sample = TaskSample.OfText("x", task, example, "p", generated);

        Assert.Equal(expected, sample.Answer);
        Assert.Equal(expected == "(B)" ? 1 : 0, sample.Scores["exact_match"]);
    }

    [Fact]
    public void OfChoices_ByLength_TheLongerChoiceCanWin()
    {
        using var folder = new ScratchFolder();
        Write(folder, "arc_easy/test.jsonl", """{"question":"q","choices":{"text":["ab","abcdefgh"],"label":["A","B"]},"answerKey":"B"}""");
        var (example, prompt) = TaskReader.Read(TaskDefinition.Find("arc_easy"), folder.Path, 1, null, 1)[0];

        // sums −4 > −8; by character −2 < −1
        var scores = TaskSample.OfChoices("t", example, prompt, [-4, -8]).Scores;

        Assert.Equal((0.0, 1.0), (scores["acc"], scores["acc_norm"]));
    }

    [Fact]
    public void Faults_SayWhatIsMissingAndWhere()
    {
        using var folder = new ScratchFolder();
        Write(folder, "boolq/validation.jsonl", """{"question":"q","text":"p","label":1}""");
        string Message(Action act) => Assert.ThrowsAny<FuseSharpException>(act).Message;

        Assert.Contains("validation.jsonl:1 has no field 'passage'; at 'passage' it has question, text, label", Message(() => TaskReader.Read(TaskDefinition.Find("boolq"), folder.Path, 1, null, 1)), StringComparison.Ordinal);
        Assert.Contains("holds no split 'test' of arc_easy or ai2_arc/ARC-Easy", Message(() => TaskReader.Read(TaskDefinition.Find("arc_easy"), folder.Path, 1, null, 1)), StringComparison.Ordinal);
        Assert.Contains("There is no task 'bool'. Known are arc_challenge", Message(() => TaskDefinition.Find("bool")), StringComparison.Ordinal);
        Assert.Contains("has no part 'x'", Message(() => TaskDefinition.Find("bbh:x")), StringComparison.Ordinal);
        string own = folder.Write("own.yaml", "name: own\nkind: choice\ndata: [x]\nprompt: p\nstop: [x]\n"u8.ToArray());
        Assert.Contains("own.yaml:5:1: 'stop' is an unknown key. Did you mean 'stops'?", Message(() => TaskDefinition.Find(own)), StringComparison.Ordinal);
    }

    private static string Row(int number) => $$"""{"question":"q{{number}}","choices":{"text":["right","wrong"],"label":["A","B"]},"answerKey":"A"}""";

    private static void Write(ScratchFolder folder, string file, params string[] rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.At(file))!);
        File.WriteAllLines(folder.At(file), rows);
    }
}
