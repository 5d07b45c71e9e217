using FuseSharp.Errors;
using FuseSharp.Models.Checkpoints;
using FuseSharp.Models.Configuration;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Checkpoints;

/// <summary>Models whose configuration ties head and embedding, and whose file holds both.</summary>
public sealed class StoredHeadTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_HeadThatIsNotTheEmbedding_IsUsedAndSaid()
    {
        var told = new List<string>();
        void Listen(string text)
        {
            lock (told)
            {
                told.Add(text);
            }
        }

        string tied = Write("tied", null);
        string same = Write("same", e => e.clone());
        string own = Write("own", e => e.mul(-1));
        string untied = ModelCopy.Make(own, _folder.At("untied"), """{"tie_word_embeddings": false}""");
        Warnings.Raised += Listen;
        bool[] areTied;
        try
        {
            areTied = [.. new[] { tied, same, own }.Select(f => ModelConfig.Read(f).IsTied)];
        }
        finally
        {
            Warnings.Raised -= Listen;
        }

        Assert.Equal([true, true, false], areTied);
        lock (told)
        {
            Assert.Single(told, t => t.StartsWith($"'{own}' holds a head that is not its embedding", StringComparison.Ordinal));
        }

        Assert.Equal(Logits(tied), Logits(same));
        Assert.Equal(Logits(untied), Logits(own));
        Assert.NotEqual(Logits(tied), Logits(own));
    }

    [Fact]
    public void Load_WholeNumbersForWeights_AreRefused()
    {
        string model = Write("whole", e => e.to(ScalarType.Int16), ScalarType.Int16);
        string untied = ModelCopy.Make(model, _folder.At("untied-whole"), """{"tie_word_embeddings": false}""");

        Assert.Contains("stores tensor 'lm_head.weight' as whole numbers (I16)", Assert.Throws<ModelException>(() => ModelFolder.Load(untied, ScalarType.Float32, CPU)).Message, StringComparison.Ordinal);
    }

    // The demo's model, with a head made of its embedding.
    private string Write(string name, Func<Tensor, Tensor>? head, ScalarType type = ScalarType.Float32)
    {
        string folder = ModelCopy.Make(DemoModels.Path("security"), _folder.At(name));
        using var model = ModelFolder.Load(DemoModels.Path("security"), ScalarType.Float32, CPU);
        var tensors = model.named_parameters().Select(p => StoredTensor.From(p.name, p.parameter, ScalarType.Float32)).ToList();
        if (head is not null)
        {
            var weight = model.OutputWeight;
            tensors.Add(new StoredTensor("lm_head.weight", weight.shape, type, () => head(weight.detach())));
        }

        CheckpointWriter.Write(folder, tensors, ModelFolder.DefaultShardBytes);
        return folder;
    }

    private static float[] Logits(string folder)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var model = ModelFolder.Load(folder, ScalarType.Float32, CPU);
        return model.Logits(tensor(new long[] { 5, 17, 300, 4 }, [1, 4])).data<float>().ToArray();
    }
}
