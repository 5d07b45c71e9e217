namespace FuseSharp.Pipeline.Train;

/// <summary>What a training run amounted to.</summary>
/// <param name="Steps">Optimizer steps in all, those before a resumption included.</param>
/// <param name="Tokens">Tokens seen in all.</param>
/// <param name="FinalLoss">Mean loss of the last tenth of the steps that were taken, nats per token.</param>
/// <param name="TeacherShares">For every model, the target first, the share of tokens for which it was chosen; empty without fusion.</param>
/// <param name="Seconds">Wall-clock time of this process's part.</param>
public sealed record TrainResult(int Steps, long Tokens, double FinalLoss, double[] TeacherShares, double Seconds)
{
    /// <summary>Bits per byte on the validation split before the first step; null where that was not evaluated.</summary>
    public double? UntouchedBitsPerByte { get; init; }

    /// <summary>The lowest bits per byte on the validation split; null where nothing was evaluated.</summary>
    public double? BestBitsPerByte { get; init; }

    /// <summary>The step that reached it; 0 for the untouched target.</summary>
    public int BestStep { get; init; }
}
