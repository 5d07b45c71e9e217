using FuseSharp.Models.Rows;

namespace FuseSharp.Models.Decoding;

/// <summary>Memory that the layers of a step use one after the other.</summary>
internal sealed class StepSpace
{
    /// <summary>What goes from layer to layer.</summary>
    public StateRows States { get; } = new();

    /// <summary>Behind a norm.</summary>
    public StateRows Normed { get; } = new();

    /// <summary>What a part of a layer gives.</summary>
    public StateRows Part { get; } = new();

    /// <summary>Queries; or queries, keys and values.</summary>
    public StateRows Queries { get; } = new();

    /// <summary>Keys.</summary>
    public StateRows Keys { get; } = new();

    /// <summary>Values.</summary>
    public StateRows Values { get; } = new();

    /// <summary>What attention took from the values.</summary>
    public StateRows Mixed { get; } = new();

    /// <summary>Inside a feed-forward part.</summary>
    public StateRows Gate { get; } = new();

    /// <summary>Likewise.</summary>
    public StateRows Up { get; } = new();

    /// <summary>What a router says of the experts.</summary>
    public StateRows Routed { get; } = new();

    /// <summary>The texts that go through an expert.</summary>
    public StateRows Chosen { get; } = new();

    /// <summary>What the expert gives.</summary>
    public StateRows Expert { get; } = new();
}
