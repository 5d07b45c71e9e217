using FuseSharp.Core.Align;
using FuseSharp.Core.Map;
using FuseSharp.Core.Pack;
using FuseSharp.Core.Split;
using FuseSharp.Torch.Evaluate;
using FuseSharp.Torch.Represent;
using FuseSharp.Torch.Train;
using NetArchTest.Rules;

namespace FuseSharp.Torch.Tests;

/// <summary>The data goes one way through the stages, and only the pipeline knows them all.</summary>
public sealed class ArchitectureTests
{
    private static readonly Type[] _stages = [typeof(SplitStage), typeof(RepresentStage), typeof(MapStage), typeof(AlignStage), typeof(PackStage), typeof(TrainStage), typeof(EvaluateStage)];

    /// <summary>The stages.</summary>
    public static TheoryData<Type> Stages => [.. _stages];

    [Theory]
    [MemberData(nameof(Stages))]
    public void Stage_UsesNoOtherStage(Type stage)
    {
        string[] others = [.. _stages.Where(s => s != stage).Select(s => s.FullName!)];

        var result = Types.InAssembly(stage.Assembly).That().ResideInNamespace(stage.Namespace).ShouldNot().HaveDependencyOnAny(others).GetResult();

        Assert.True(result.IsSuccessful, string.Join(", ", (result.FailingTypes ?? []).Select(t => t.FullName)));
    }

    [Fact]
    public void RecordsAndTokenizers_UseNoStage()
    {
        string[] folders = [.. _stages.Select(s => s.Namespace!)];

        var result = Types.InAssembly(typeof(SplitStage).Assembly).That().ResideInNamespace("FuseSharp.Core.Records").Or().ResideInNamespace("FuseSharp.Core.Tokenizers")
            .Or().ResideInNamespace("FuseSharp.Core.Artifacts").ShouldNot().HaveDependencyOnAny(folders).GetResult();

        Assert.True(result.IsSuccessful, string.Join(", ", (result.FailingTypes ?? []).Select(t => t.FullName)));
    }

    [Fact]
    public void Core_KnowsNeitherTensorsNorConsole()
    {
        var result = Types.InAssembly(typeof(SplitStage).Assembly).ShouldNot().HaveDependencyOnAny("TorchSharp", "System.Console", "FuseSharp.Torch").GetResult();

        Assert.True(result.IsSuccessful, string.Join(", ", (result.FailingTypes ?? []).Select(t => t.FullName)));
    }
}
