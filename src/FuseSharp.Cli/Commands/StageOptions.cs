using FuseSharp.Fusion.Align;
using FuseSharp.Fusion.Conversations;
using FuseSharp.Fusion.Pack;
using FuseSharp.Fusion.Split;
using FuseSharp.Pipeline.Represent;
using FuseSharp.Pipeline.Train;
using FuseSharp.Storage.Artifacts;

namespace FuseSharp.Cli.Commands;

/// <summary>The parts of a recipe that a stage's command can be given by <c>--set</c>.</summary>
internal sealed record StageOptions
{
    public ChatOptions Chat { get; init; } = new();

    public SplitOptions Split { get; init; } = new();

    public RepresentOptions Represent { get; init; } = new();

    public StoreOptions Store { get; init; } = new();

    public AlignOptions Align { get; init; } = new();

    public PackOptions Pack { get; init; } = new();

    public TrainOptions Train { get; init; } = new();
}
