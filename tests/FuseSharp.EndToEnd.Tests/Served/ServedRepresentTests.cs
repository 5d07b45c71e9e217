using System.Globalization;
using FuseSharp.Fusion.Records;
using FuseSharp.Models;
using FuseSharp.Models.Scoring;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Pipeline.Represent.Served;
using FuseSharp.Serve;
using FuseSharp.Storage.Artifacts;
using FuseSharp.Testing;
using FuseSharp.Tokenizers.Chat;
using static TorchSharp.torch;

namespace FuseSharp.EndToEnd.Tests.Served;

/// <summary>A model behind the real server gives the rows that it gives when it is read directly.</summary>
public sealed class ServedRepresentTests : IDisposable
{
    private const int K = 50; // more than OpenAI's servers name

    // float32 in batches of other sizes.
    private const double Rounding = 1e-3;

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("web")]
    [InlineData("smollm2")]
    public async Task Store_ModelBehindTheServer_IsThatOfTheModelReadDirectlyButForRounding(string name)
    {
        Assert.SkipWhen(name == "smollm2" && SharedData.IsMissing, SharedData.MissingReason);
        string path = name == "web" ? DemoModels.Path("web") : SharedData.Path("data", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");
        string split = await SplitAsync(path);
        var options = new RepresentOptions { TopK = K, Precision = Precision.Float32 };
        RepresentStage.Run(path, CPU, split, 128, options, _folder.At("direct"), StageContext.Silent);
        using var model = LanguageModel.Load(name, path, ScalarType.Float32, CPU);
        await using var server = new ModelServer(model, ChatTemplate.Find(path), new ServeOptions { ModelName = name, Port = 0 }, TimeProvider.System);
        var address = await server.StartAsync(TestContext.Current.CancellationToken);

        var manifest = EndpointStage.Run(new EndpointModel(new Uri(address, "v1"), name, path), split, 128, options, _folder.At("served"), StageContext.Silent);

        var direct = RepresentationFiles.Read(_folder.At("direct")).ToList();
        var served = RepresentationFiles.Read(_folder.At("served")).ToList();
        Assert.Equal(direct.Select(d => d.Id), served.Select(s => s.Id));
        double largest = 0;
        int rows = 0, exchanged = 0;
        foreach (var (a, b) in direct.Zip(served))
        {
            Assert.Equal(a.Ids, b.Ids);
            Assert.Equal(a.EndsExclusive, b.EndsExclusive);
            Assert.Equal(a.Nats, b.Nats, 1e-3 * a.Ids.Length);
            Assert.All(b.Logits.LogNormalizers, z => Assert.Equal(0, z));
            for (int t = 0; t < a.Ids.Length - 1; t++, rows++)
            {
                var told = RowOf(b.Logits, t);
                double z = a.Logits.LogNormalizers[t];
                foreach (var (id, known) in RowOf(a.Logits, t))
                {
                    if (!told.TryGetValue(id, out double one))
                    {
                        exchanged++; // the last of a row with the one behind it
                        Assert.InRange(known, double.NegativeInfinity, told.Values.Min() + HalfStep(known + z) + Rounding);
                        continue;
                    }

                    largest = Math.Max(largest, Math.Abs(known - one));
                    Assert.Equal(known, one, HalfStep(known + z) + HalfStep(z - (double)a.Logits.Logits[t * K]) + HalfStep(one) + Rounding);
                }
            }

            Assert.All(b.Logits.Indices[^K..], i => Assert.Equal(-1, i)); // nothing follows the last position
        }

        TestContext.Current.SendDiagnosticMessage(string.Create(CultureInfo.InvariantCulture, $"{name}: {rows} rows, largest difference {largest:F4}, exchanged {exchanged}"));
        Assert.InRange(exchanged, 0, rows * K / 1000);
        Assert.Equal(name, manifest.Options.GetProperty("server").GetProperty("model").GetString());
        Assert.Contains("endpoint.json", manifest.Files!);
    }

    [Fact]
    public async Task Store_Conversations_HasRowsBeforeLearnedTokensOnly()
    {
        string path = DemoModels.Path("web");
        _folder.Write("chat.jsonl", """
            {"messages": [{"role": "user", "content": "What is 1 and 1?"}, {"role": "assistant", "content": "It is 2, of course."}, {"role": "user", "content": "And 2?"}, {"role": "assistant", "content": "4."}]}
            {"messages": [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "Yes."}]}

            """u8.ToArray());
        await CommandRun.SucceedAsync("split", "--models", path, "--texts", $"t={_folder.At("chat.jsonl")}", "--validation", $"t={_folder.At("chat.jsonl")}", "--set", "split.max_length=128", "--set", "chat.templates.web=mistral", "--output", _folder.At("split"));
        var options = new RepresentOptions { TopK = 5, Precision = Precision.Float32 };
        RepresentStage.Run(path, CPU, _folder.At("split"), 128, options, _folder.At("direct"), StageContext.Silent);
        using var model = LanguageModel.Load("web", path, ScalarType.Float32, CPU);
        await using var server = new ModelServer(model, null, new ServeOptions { ModelName = "another/name", Port = 0 }, TimeProvider.System);
        var address = await server.StartAsync(TestContext.Current.CancellationToken);

        EndpointStage.Run(new EndpointModel(new Uri(address, "v1"), "another/name", path), _folder.At("split"), 128, options, _folder.At("served"), StageContext.Silent);

        var direct = RepresentationFiles.Read(_folder.At("direct")).ToList();
        var served = RepresentationFiles.Read(_folder.At("served")).ToList();
        Assert.Equal(2, served.Count);
        foreach (var (a, b) in direct.Zip(served))
        {
            Assert.Equal(a.Ids, b.Ids);
            Assert.Equal(a.Learned!.Learned, b.Learned!.Learned);
            Assert.Equal(a.Logits.Indices, b.Logits.Indices);
            Assert.Equal(a.Nats, b.Nats, 1e-3 * a.Predicted);
            Assert.All(Enumerable.Range(0, b.Ids.Length), t => Assert.Equal(b.Predicts(t), b.Logits.Indices[t * 5] >= 0));
        }
    }

    private async Task<string> SplitAsync(string model)
    {
        _folder.Write("texts.jsonl", """
            {"text":"The reader returns the next node of the document, naïve Ünicode – 漢字 and all. It throws where the socket is closed."}
            {"text":"x"}
            {"text":"In Bern a clerk wrote four papers.\n\nint i = 0; i++;"}

            """u8.ToArray());
        await CommandRun.SucceedAsync("split", "--models", model, "--texts", $"t={_folder.At("texts.jsonl")}", "--validation", $"t={_folder.At("texts.jsonl")}", "--set", "split.max_length=128", "--output", _folder.At("split"));
        return _folder.At("split");
    }

    // What float16 may be off by: of a logit, of the normalizer's distance to the largest, of a log-probability.
    private static double HalfStep(double value) => Math.Pow(2, Math.Floor(Math.Log2(Math.Max(Math.Abs(value), 1e-3))) - 11);

    private static Dictionary<int, double> RowOf(TopKLogits rows, int t)
        => Enumerable.Range(t * rows.K, rows.K).Where(i => rows.Indices[i] >= 0).ToDictionary(i => rows.Indices[i], i => (double)rows.Logits[i] - rows.LogNormalizers[t]);
}
