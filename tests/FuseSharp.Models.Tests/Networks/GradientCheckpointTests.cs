using FuseSharp.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Networks;

public sealed class GradientCheckpointTests
{
    [Fact]
    public void Backward_ManyTimes_LeavesNoTensorBehind()
    {
        using var folder = new ScratchFolder();
        using var model = ModelFolderTests.Make(folder, "MixtralForCausalLM");
        model.UsesGradientCheckpointing = true;
        long[] counts = new long[4];
        for (int i = 0; i < counts.Length; i++)
        {
            using (NewDisposeScope())
            {
                model.Logits(tensor(new long[,] { { 1, 2, 3, 4, 5, 6 } })).square().mean().backward();
            }

            counts[i] = DisposeScopeManager.Statistics.ThreadTotalLiveCount; // of this thread: other tests run beside this one
        }

        Assert.Equal(counts[1], counts[3]);
    }

    [Fact]
    public void Backward_OfAFrozenEmbedding_StillReachesTheBlocks()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = ModelFolderTests.Make(folder, "LlamaForCausalLM");
        model.UsesGradientCheckpointing = true;
        var embedding = model.named_parameters().Single(p => p.name == "model.embed_tokens.weight").parameter;
        embedding.requires_grad = false;

        model.Logits(tensor(new long[,] { { 1, 2, 3 } })).square().mean().backward();

        Assert.Null(embedding.grad);
        Assert.All(model.parameters().Where(p => p.requires_grad), p => Assert.True(p.grad!.abs().max().ToDouble() > 0));
    }
}
