using FuseSharp.Models;
using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Models.Native;
using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Cases.Tests.Work;

public sealed class MergeCases : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/merge-tied-untied")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TiedWithUntied_TheHeadOfATiedModelIsItsEmbedding(bool untiedFirst)
    {
        string tied = DemoModels.Path("security");
        string untied = Untied(tied);

        await CommandRun.SucceedAsync(["merge", .. untiedFirst ? new[] { untied, tied } : [tied, untied], "--output", _folder.At("out")]);

        using var merged = ModelFolder.Load(_folder.At("out"), ScalarType.Float32, CPU);
        var weights = merged.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
        Assert.False(merged.IsTied);
        Assert.Equal(0, weights["lm_head.weight"].abs().max().ToDouble()); // the mean of E and −E
        Assert.True(weights["model.embed_tokens.weight"].abs().max().ToDouble() > 0.1);
    }

    /// <summary>A tied and an untied one, either as the base, by every method; the bases' heads differ, so each result has a head of its own.</summary>
    [Theory]
    [InlineData("slerp", "--t", "1")]
    [InlineData("task_arithmetic")]
    [InlineData("ties")]
    [InlineData("dare_linear")]
    [InlineData("dare_ties")]
    public async Task TiedWithUntied_EveryMethodGivesTheOtherModelsHead(string method, params string[] options)
    {
        string tied = DemoModels.Path("security");
        string untied = Untied(tied);
        foreach (var (from, to, sign) in new[] { (tied, untied, -1), (untied, tied, 1) })
        {
            string output = _folder.At($"{method}{sign}");

            await CommandRun.SucceedAsync(["merge", to, "--base", from, "--method", method, .. options, "--dtype", "float32", "--output", output]);

            using var merged = ModelFolder.Load(output, ScalarType.Float32, CPU);
            using var whole = ModelFolder.Load(tied, ScalarType.Float32, CPU);
            var weights = merged.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
            Assert.False(merged.IsTied);
            var embedding = whole.named_parameters().Single(p => p.name == "model.embed_tokens.weight").parameter;
            Assert.Equal(0, (weights["lm_head.weight"] - (embedding * RootedScalar.Of(sign))).abs().max().ToDouble(), 1e-6);
            Assert.Equal(0, (weights["model.embed_tokens.weight"] - embedding).abs().max().ToDouble(), 1e-6);
        }
    }

    [Theory(Skip = SharedData.MissingReason, SkipType = typeof(CaseFolder), SkipWhen = nameof(CaseFolder.IsMissing))]
    [Case("work/merge-odd-numbers")]
    [InlineData("--weights is 'NaN'", "--weights", "NaN", "1")]
    [InlineData("--weights is 'Infinity'", "--weights", "1", "Infinity")]
    [InlineData("'density' is 1.5, expected 0 to 1", "--base", "BASE", "--method", "ties", "--densities", "1.5")]
    [InlineData("'parameters.t' is -1, expected 0 to 1", "--base", "BASE", "--method", "slerp", "--t", "-1")]
    [InlineData("--lambda is 'NaN'", "--base", "BASE", "--method", "dare_linear", "--lambda", "NaN")]
    public async Task OddNumbers_AreRefused(string expected, params string[] options)
    {
        string model = DemoModels.Path("security");
        string[] given = [.. options.Select(o => o == "BASE" ? DemoModels.Path("data") : o)];
        string[] models = options.Contains("--base") ? [model] : [model, model];

        var (code, _, errors) = await CommandRun.HereAsync(["merge", .. models, .. given, "--output", _folder.At("out")]);

        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public async Task NaNInAModel_IsNamed()
    {
        string model = _folder.At("broken");
        Directory.CreateDirectory(model);
        using (var network = ModelFolder.Load(DemoModels.Path("security"), ScalarType.Float32, CPU))
        {
            using var noGradient = no_grad();
            network.named_parameters().Single(p => p.name == "model.norm.weight").parameter.fill_(float.NaN);
            ModelFolder.Save(network, model, ScalarType.Float32);
        }

        var (code, _, errors) = await CommandRun.HereAsync("merge", DemoModels.Path("security"), model, "--output", _folder.At("out"));

        Assert.Equal(2, code);
        Assert.Contains($"'{model}' holds NaN or an infinity in tensor 'model.norm.weight'", errors, StringComparison.Ordinal);
        Assert.Equal([model], Directory.GetFileSystemEntries(_folder.Path)); // nothing half is left
    }

    private string Untied(string tied)
    {
        string folder = _folder.At("untied");
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(tied).Where(f => !f.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        string config = Path.Combine(folder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false", StringComparison.Ordinal));
        using var model = ModelFolder.Load(tied, ScalarType.Float32, CPU);
        using var other = ModelFactory.Create(ModelConfig.Read(folder), ScalarType.Float32);
        using (no_grad())
        {
            var from = model.named_parameters().ToDictionary(p => p.name, p => p.parameter, StringComparer.Ordinal);
            foreach (var (name, parameter) in other.named_parameters())
            {
                parameter.copy_(from[name == "lm_head.weight" ? "model.embed_tokens.weight" : name]);
            }

            other.named_parameters().Single(p => p.name == "lm_head.weight").parameter.neg_();
        }

        ModelFolder.Save(other, folder, ScalarType.Float32);
        return folder;
    }
}
