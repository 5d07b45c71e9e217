using System.Globalization;
using FuseSharp.Errors;
using FuseSharp.Fusion.Fuse;
using FuseSharp.Pipeline.Merge.Configuration;
using FuseSharp.Pipeline.Recipes;
using FuseSharp.Pipeline.Train;

namespace FuseSharp.Pipeline.Tests.Recipes;

public sealed class RecipeReaderTests
{
    private const string Smallest = "output: out\ntarget: t\nsources: [s]\ntexts:\n  prose: a.txt\n";

    [Fact]
    public void Parse_SmallestRecipe_HasTheDefaultsAndAbsolutePaths()
    {
        var recipe = Parse(Smallest);

        Assert.Equal(new TrainOptions(), recipe.Train);
        Assert.Equal(Path.GetFullPath("/r/t"), recipe.Target);
        Assert.Equal(Path.GetFullPath("/r/a.txt"), recipe.Texts["prose"].Path);
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void Parse_NumbersAndNames_DoNotDependOnTheCulture(string culture)
    {
        CultureInfo.CurrentCulture = new CultureInfo(culture);

        var recipe = Parse(Smallest + "train:\n  learning_rate: 2.5e-4\n  fusion: { rule: min_ce }\n  batch_size: 1_024\n");

        Assert.Equal(2.5e-4, recipe.Train.LearningRate);
        Assert.Equal(FusionRule.MinCe, recipe.Train.Fusion!.Rule);
        Assert.Equal(1024, recipe.Train.BatchSize);
    }

    [Fact]
    public void Part_IsReadAndWrittenAlike()
    {
        var recipe = Parse(Smallest.Replace("a.txt", "{ path: a.txt, part: 60..100 }", StringComparison.Ordinal));

        Assert.Equal((60, 100), (recipe.Texts["prose"].Part!.From, recipe.Texts["prose"].Part!.To));
        Assert.Contains("part: 60..100", RecipeWriter.ToYaml(recipe), StringComparison.Ordinal);
        Assert.Equal(recipe.Texts["prose"], Parse(RecipeWriter.ToYaml(recipe)).Texts["prose"]);
    }

    [Theory]
    [InlineData("100..60", "recipe.yaml:5:31: 'texts.prose.part' is '100..60', expected two whole numbers of percent from 0 to 100, the first below the second, such as 60..100.")]
    [InlineData("[60, 100]", "recipe.yaml:5:31: 'texts.prose.part' has another form, expected two whole numbers of percent from 0 to 100, the first below the second, such as 60..100.")]
    public void Part_Nonsense_IsRefusedInALine(string part, string expected)
        => Assert.Equal(expected, Assert.Throws<UsageException>(() => Parse(Smallest.Replace("a.txt", $"{{ path: a.txt, part: {part} }}", StringComparison.Ordinal))).Message);

    [Fact]
    public void Parse_Override_ReplacesWhatTheFileSays()
        => Assert.Equal(3, Parse(Smallest + "train:\n  epochs: 2\n", "train.epochs=3").Train.Epochs);

    [Theory]
    [InlineData("  settings: reference\n  epochs: 2\n  fusion:\n    missing_probability: true_token\n")]
    [InlineData("  fusion:\n    missing_probability: true_token\n  epochs: 2\n  settings: reference\n")]
    public void Parse_TrainSettingsReference_AreOverruledByKeysThatStandThere(string keys)
    {
        var train = Parse(Smallest + "train:\n" + keys).Train;

        var fusion = train.Fusion!;
        Assert.Equal((2, 128), (train.Epochs, train.BatchSize));
        Assert.Equal(FusionOptions.OfReference() with { MissingProbability = MissingProbability.TrueToken, ExcludeTeachers = fusion.ExcludeTeachers }, fusion);
        Assert.Equal((0.9, TeacherSelection.Block, false, true), (fusion.NextTokenWeight, fusion.Selection, fusion.FullWeightWithoutTeacher, fusion.RoundsLikeReference));
    }

    [Theory]
    [InlineData("trian:\n  epochs: 2\n", "recipe.yaml:6:1: 'trian' is an unknown key. Did you mean 'train'?")]
    [InlineData("train:\n  epoch: 2\n", "recipe.yaml:7:3: 'train.epoch' is an unknown key. Did you mean 'train.epochs'?")]
    [InlineData("train:\n  epochs: 0\n", "recipe.yaml:7:11: 'train.epochs' is 0, expected 1 to 1000.")]
    [InlineData("train:\n  fusion: { rule: best }\n", "recipe.yaml:7:19: 'train.fusion.rule' is 'best', expected min_ce, avg_ce.")]
    [InlineData("baselines:\n  clm: yes\n", "recipe.yaml:7:8: 'baselines.clm' is 'yes', expected true or false.")]
    [InlineData("baselines:\n  merges: [linear, mean]\n", "recipe.yaml:7:20: 'baselines.merges[1]' is 'mean', expected linear, slerp, task_arithmetic, ties, dare_linear, dare_ties, della_linear,")]
    [InlineData("train:\n  learning_rate: 0,5\n", "recipe.yaml:7:18: 'train.learning_rate' is '0,5', expected a number such as 0.5 or 1e-5, or auto.")]
    [InlineData("train:\n  learning_rate: 0\n", "recipe.yaml:7:18: 'train.learning_rate' is 0, expected 1E-09 to 1, or auto.")]
    [InlineData("train:\n  evaluate_every: some\n", "recipe.yaml:7:19: 'train.evaluate_every' is 'some', expected a whole number, or auto.")]
    [InlineData("train:\n  exchange_once: maybe\n", "recipe.yaml:7:18: 'train.exchange_once' is 'maybe', expected true or false, or auto.")]
    public void Parse_AFault_NamesPlaceAndRemedy(string addition, string message)
        => Assert.StartsWith(message, Assert.Throws<UsageException>(() => Parse(Smallest + addition)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("train.epochs=[true]", "The setting 'train.epochs=[true]': 'train.epochs' is a list, expected a single value.")]
    [InlineData("baselines.merges=[linear, x]", "The setting 'baselines.merges=[linear, x]': 'baselines.merges[1]' is 'x', expected linear,")]
    [InlineData("train.epochs=x", "The setting 'train.epochs=x': 'train.epochs' is 'x', expected a whole number.")]
    [InlineData("train.epoks=1", "The setting 'train.epoks=1': 'train.epoks' is an unknown key. Did you mean 'train.epochs'?")]
    [InlineData("traim.epochs=1", "The setting 'traim.epochs=1': 'traim' is an unknown key. Did you mean 'train'?")]
    [InlineData("train=1", "The setting 'train=1': 'train' is not a mapping of keys to values.")]
    public void Parse_AFaultOfASetting_NamesTheSetting(string setting, string message)
        => Assert.StartsWith(message, Assert.Throws<UsageException>(() => Parse(Smallest + "train:\n  epochs: 3\n", setting)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_SeveralFaults_NamesAll()
    {
        var fault = Assert.Throws<UsageException>(() => Parse("target: t\ntexts: 5\ntrain:\n  epochs: x\n"));

        Assert.Equal(3, fault.Message.Split('\n').Length); // texts, epochs, output missing; whether sources are needed the validator knows
    }

    [Fact]
    public void Parse_NoYaml_NamesThePlace()
        => Assert.StartsWith("recipe.yaml:2:1 is not YAML: ", Assert.Throws<UsageException>(() => Parse("output: [")).Message, StringComparison.Ordinal);

    [Fact]
    public void ToYaml_ReadAgain_IsTheSameRecipe()
    {
        var recipe = Parse(Smallest + "baselines:\n  merges: [slerp, dare_ties]\n  ensemble_weights: [0.5, 2]\ngenerate:\n  prompt: \"a: 'b'\\n# c\"\n");

        string yaml = RecipeWriter.ToYaml(recipe);

        Assert.Equal([MergeMethod.Slerp, MergeMethod.DareTies], Parse(yaml).Baselines.Merges);
        Assert.Equal("a: 'b'\n# c", Parse(yaml).Generate.Prompt);
        Assert.Equal(yaml, RecipeWriter.ToYaml(Parse(yaml)));
        Assert.Contains("learning_rate: auto", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_AutoUnderReference_OverrulesThePublishedNumbers()
    {
        var published = Parse(Smallest + "train:\n  settings: reference\n").Train;
        var chosen = Parse(Smallest + "train:\n  settings: reference\n  learning_rate: auto\n  evaluate_every: auto\n").Train;

        Assert.Equal((1e-5, 0, false, 0), (published.LearningRate, published.EvaluateEvery, published.KeepBest, published.StopAfterWorse));
        Assert.Equal((null, null), (chosen.LearningRate, chosen.EvaluateEvery));
        Assert.Null(Parse(RecipeWriter.ToYaml(Parse(Smallest + "train:\n  settings: reference\n  learning_rate: auto\n"))).Train.LearningRate);
    }

    private static Recipe Parse(string yaml, params string[] overrides) => RecipeReader.Parse(yaml, "recipe.yaml", "/r", overrides);
}
