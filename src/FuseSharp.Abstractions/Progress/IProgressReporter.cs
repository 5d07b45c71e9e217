namespace FuseSharp.Progress;

/// <summary>Where stages tell how far they are; the command draws it, tests read it.</summary>
public interface IProgressReporter
{
    /// <summary>Opens one bar.</summary>
    /// <param name="name">What is being done, such as <c>represent open-llama</c>.</param>
    /// <param name="total">Units of work; 0 where unknown.</param>
    /// <param name="unit">What a unit is, in the plural: <c>documents</c>, <c>steps</c>.</param>
    IProgressTask Start(string name, long total, string unit);

    /// <summary>One line that stays, such as why a stage is skipped.</summary>
    void Say(string line);

    /// <summary>One line of what was asked for: a score, a count. It goes where results go, apart from progress.</summary>
    void Result(string line);
}
