using System.Text.Json;
using FuseSharp.Storage.Texts;

namespace FuseSharp.EndToEnd.Tests;

/// <summary><c>--part</c> of the commands that make models: what they leave is left for a fusion.</summary>
public sealed class TextPartCommandTests
{
    [Fact]
    public async Task Pretrain_APart_ReadsThatPartOnly()
    {
        using var training = new TinyPretraining();
        string[] once = ["--set", "train.epochs=1", "--set", "train.batch_size=1"];
        int expected = TextFiles.Read(training.At("texts")).Count(TextPart.Parse("0..40").Holds);

        await CommandRun.SucceedAsync(training.Command("part", ["--part", "0..40", .. once]));
        await CommandRun.SucceedAsync(training.Command("rest", ["--part", "40..100", .. once]));
        await CommandRun.SucceedAsync(training.Command("whole", once));

        double Tokens(string name) => JsonDocument.Parse(File.ReadAllText(training.At(Path.Combine(name, "manifest.json")))).RootElement.GetProperty("figures").GetProperty("tokens").GetDouble();
        Assert.InRange(expected, 1, 47);
        Assert.Equal(Tokens("whole"), Tokens("part") + Tokens("rest"), 128.0); // the last block of each may be short
        Assert.Equal(expected / 48.0, Tokens("part") / Tokens("whole"), 0.05);
    }

    [Theory]
    [InlineData("pretrain", "60")]
    [InlineData("pretrain", "100..60")]
    [InlineData("tokenizer train", "0..101")]
    public async Task Part_Nonsense_IsRefusedInALine(string command, string part)
    {
        using var training = new TinyPretraining();
        string[] called = command == "pretrain" ? training.Command("out", "--part", part) : ["tokenizer", "train", "--texts", training.At("texts"), "--part", part, "--output", training.At("out")];

        var (code, _, errors) = await CommandRun.HereAsync(called);

        Assert.Equal(2, code);
        Assert.StartsWith($"--part is '{part}', expected two whole numbers of percent from 0 to 100, the first below the second, such as 60..100.", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(training.At("out")));
    }
}
