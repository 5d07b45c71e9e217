namespace FuseSharp.Pipeline.Train;

/// <summary>What is summed up over the steps of a run; part of its checkpoint.</summary>
public sealed record TrainTotals
{
    /// <summary>Tokens seen.</summary>
    public long Tokens { get; set; }

    /// <summary>Losses of the last tenth of the steps that were taken, oldest first: how many there will be is not known, for a training may end early.</summary>
    public Queue<double> LateLosses { get; set; } = new();

    /// <summary>[models] tokens for which each was chosen.</summary>
    public long[] Teachers { get; set; } = [];

    /// <summary>Bits per byte on the validation split before the first step; null where that was not evaluated.</summary>
    public double? UntouchedBitsPerByte { get; set; }

    /// <summary>Lowest bits per byte on the validation split so far.</summary>
    public double? BestBitsPerByte { get; set; }

    /// <summary>The step that reached it.</summary>
    public int BestStep { get; set; }

    /// <summary>Evaluations since.</summary>
    public int Worse { get; set; }

    /// <summary>The last step, where it is still to be evaluated and logged: the training was told to end before that was done. Null otherwise.</summary>
    public TrainStep? Unevaluated { get; set; }

    /// <summary>Takes an evaluation in.</summary>
    /// <returns>Whether it is the best so far.</returns>
    internal bool IsBest(int step, double bitsPerByte)
    {
        if (BestBitsPerByte is { } best && !(bitsPerByte < best))
        {
            Worse++;
            return false;
        }

        (BestBitsPerByte, BestStep, Worse) = (bitsPerByte, step, 0);
        return true;
    }

    internal void Add(TrainStep step)
    {
        Tokens += step.Tokens;
        LateLosses.Enqueue(step.Loss);
        while (LateLosses.Count > step.Step - (step.Step * 9L / 10))
        {
            LateLosses.Dequeue();
        }

        Teachers = Teachers.Length == 0 ? step.Teachers : [.. Teachers.Zip(step.Teachers, (a, b) => a + b)];
    }

    internal TrainResult Result(int steps, double seconds)
    {
        double chosen = Teachers.Sum();
        return new TrainResult(steps, Tokens, LateLosses.Sum() / Math.Max(1, LateLosses.Count), chosen == 0 ? [] : [.. Teachers.Select(t => t / chosen)], seconds)
        {
            UntouchedBitsPerByte = UntouchedBitsPerByte,
            BestBitsPerByte = BestBitsPerByte,
            BestStep = BestStep,
        };
    }
}
