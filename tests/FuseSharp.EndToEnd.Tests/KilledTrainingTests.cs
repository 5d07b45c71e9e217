namespace FuseSharp.EndToEnd.Tests;

/// <summary>A training whose process is killed again and again ends with the weights of one that was left alone, bit for bit.</summary>
public sealed class KilledTrainingTests
{
    private const int Steps = 24;

    [Fact]
    public void Pretrain_KilledAtAnyMoment_EndsWithTheSameWeights()
    {
        using var training = new TinyPretraining();
        string[] Arguments(string output) => training.Command(output, "--set", "train.micro_batch_size=1", "--set", "train.precision=bfloat16");
        var random = new Random(7);

        Assert.True(KillableProcess.Run(Arguments("alone"), () => false));
        int kills = KillableProcess.RunToTheEnd(Arguments("killed"), k => KillableProcess.HasWritten(training.At(Path.Combine("killed.partial", "log.jsonl")), Steps * (k + 1) / 4, random));

        Assert.InRange(kills, 1, 19);
        Assert.Equal(File.ReadAllBytes(training.At(Path.Combine("alone", "model.safetensors"))), File.ReadAllBytes(training.At(Path.Combine("killed", "model.safetensors"))));
        string[] Losses(string output) => [.. File.ReadLines(training.At(Path.Combine(output, "log.jsonl"))).Select(l => l[..l.IndexOf("tokens_per_second", StringComparison.Ordinal)])];
        Assert.Equal(Losses("alone"), Losses("killed"));
        Assert.InRange(Losses("killed").Length, Steps, 2 * Steps);
    }
}
