using Mono.Cecil;

namespace FuseSharp.EndToEnd.Tests.Architecture;

/// <summary>What docs/architecture.md says of projects and folders.</summary>
public sealed class ArchitectureTests
{
    // What each project may use: these and what these use.
    private static readonly Dictionary<string, string[]> _allowed = new(StringComparer.Ordinal)
    {
        ["Abstractions"] = [],
        ["Tokenizers"] = ["Abstractions"],
        ["Tokenizers.ML"] = ["Tokenizers"],
        ["Storage"] = ["Abstractions"],
        ["Fusion"] = ["Tokenizers", "Storage"],
        ["Models"] = ["Tokenizers"],
        ["Evaluation"] = ["Fusion", "Models"],
        ["Pipeline"] = ["Evaluation"],
        ["Report"] = ["Pipeline"],
        ["Serve"] = ["Models"],
        ["Cli"] = ["Report", "Serve"],
    };

    // Folders that hold a stage of a run, or what is run beside the stages. An ensemble is no stage: it is a model, which is evaluated.
    private static readonly string[] _stages =
    [
        "Fusion.Split", "Fusion.Map", "Fusion.Align", "Fusion.Pack", "Evaluation.Evaluate", "Evaluation.Judge",
        "Pipeline.Write", "Pipeline.Represent", "Pipeline.Train", "Pipeline.Merge", "Pipeline.Generate",
    ];

    /// <summary>The projects.</summary>
    public static TheoryData<string> Projects => [.. _allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_UsesOnlyThoseBelowIt(string project)
    {
        using var module = ModuleDefinition.ReadModule(FileOf(project));
        var below = Below(project).Select(p => "FuseSharp." + p).ToHashSet(StringComparer.Ordinal);

        Assert.DoesNotContain(module.AssemblyReferences.Select(r => r.Name), n => n.StartsWith("FuseSharp.", StringComparison.Ordinal) && !below.Contains(n));
    }

    [Theory]
    [InlineData("Abstractions")]
    [InlineData("Storage")]
    [InlineData("Fusion")]
    [InlineData("Tokenizers")]
    [InlineData("Models")]
    [InlineData("Evaluation")]
    [InlineData("Pipeline")]
    [InlineData("Report")]
    [InlineData("Serve")]
    [InlineData("Cli")]
    public void Project_HasNoCycleOfFolders(string project) => Assert.Null(FolderGraph.Read(FileOf(project)).Cycle());

    [Theory]
    [InlineData("Abstractions")]
    [InlineData("Tokenizers")]
    [InlineData("Tokenizers.ML")]
    [InlineData("Storage")]
    [InlineData("Fusion")]
    public void Project_KnowsNeitherTensorsNorConsole(string project)
    {
        using var module = ModuleDefinition.ReadModule(FileOf(project));

        Assert.DoesNotContain(module.AssemblyReferences.Select(r => r.Name), n => n is "TorchSharp" or "System.Console");
    }

    [Fact]
    public void Report_ReadsFilesAndTouchesNoTensor()
    {
        using var module = ModuleDefinition.ReadModule(FileOf("Report"));

        Assert.DoesNotContain("TorchSharp", module.AssemblyReferences.Select(r => r.Name));
    }

    [Fact]
    public void Stage_UsesNoOtherStage()
    {
        var graphs = _allowed.Keys.ToDictionary(p => p, p => FolderGraph.Read(FileOf(p)), StringComparer.Ordinal);
        string[] found =
        [
            .. from stage in _stages
               from other in _stages
               where stage != other && stage.Split('.')[0] == other.Split('.')[0]
               select graphs[stage.Split('.')[0]].Arrow("FuseSharp." + stage, "FuseSharp." + other) into arrow
               where arrow is not null
               select arrow,
        ];

        Assert.Empty(found);
    }

    private static IEnumerable<string> Below(string project) => _allowed[project].SelectMany(p => Below(p).Append(p));

    private static string FileOf(string project) => Path.Combine(AppContext.BaseDirectory, project == "Cli" ? "fusesharp.dll" : $"FuseSharp.{project}.dll");
}
