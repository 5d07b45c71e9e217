using FuseSharp.Models.Architectures;
using FuseSharp.Models.Configuration;
using FuseSharp.Testing;
using static TorchSharp.torch;

namespace FuseSharp.Models.Tests.Families;

/// <summary>Who is told that a block's gradients are there finds them final: in every architecture, in the order of the way back.</summary>
public sealed class GradientBoundaryTests
{
    public static TheoryData<string, string> Configs => GraphicsProcessorTests.Configs;

    [Theory]
    [MemberData(nameof(Configs))]
    public void GradientsAreThere_OfEveryBlock_AreThoseOfTheEnd(string set, string name)
    {
        Assert.SkipWhen(name == "none", "The goldens are not here.");
        using var scope = NewDisposeScope();
        using var model = ModelFactory.Create(ModelConfig.Read(GoldenSet.Path(set, name)), 7, ScalarType.Float32, CPU);
        foreach (bool checkpoints in new[] { false, true })
        {
            model.UsesGradientCheckpointing = checkpoints;
            var plain = Gradients(model, null);
            var told = new List<nn.Module>();
            var seen = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
            var whole = Gradients(model, block =>
            {
                told.Add(block);
                foreach (var parameter in block.parameters().Where(p => p.grad is not null))
                {
                    seen.Add(parameter, parameter.grad!.clone().DetachFromDisposeScope());
                }
            });

            Assert.True(model.Blocks.Reverse().SequenceEqual(told), $"{told.Count} of {model.Blocks.Count} blocks, or another order");
            Assert.NotEmpty(seen);
            Assert.All(seen, s => Assert.True(s.Value.eq(whole[s.Key]).all().item<bool>()));
            Assert.Equal(plain.Count, whole.Count);
            Assert.All(plain, p => Assert.True(p.Value.eq(whole[p.Key]).all().item<bool>())); // the same bits as without
        }
    }

    private static Dictionary<Tensor, Tensor> Gradients(CausalModel model, Action<nn.Module>? told)
    {
        model.zero_grad();
        model.GradientsAreThere = told;
        FamilyGolden.Loss(model, arange(24, ScalarType.Int64).view(2, 12)).backward();
        model.GradientsAreThere = null;
        var gradients = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        foreach (var parameter in model.parameters().Where(p => p.grad is not null))
        {
            gradients.Add(parameter, parameter.grad!.clone());
        }

        return gradients;
    }
}
