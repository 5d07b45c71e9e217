namespace FuseSharp.Torch.Evaluate;

/// <summary>What single texts took a model.</summary>
/// <param name="Nats">Of each text.</param>
/// <param name="Bytes">UTF-8 length of each text.</param>
public sealed record TextCosts(IReadOnlyList<double> Nats, IReadOnlyList<double> Bytes);
