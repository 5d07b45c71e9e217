namespace FuseSharp.Pipeline.Compare;

/// <summary>A row of the comparison: what it is and where it is made and measured.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Name">What tables call it.</param>
/// <param name="Runs">One, or one for each seed of a training.</param>
public sealed record ComparedModel(ModelRole Role, string Name, IReadOnlyList<ModelRun> Runs);
