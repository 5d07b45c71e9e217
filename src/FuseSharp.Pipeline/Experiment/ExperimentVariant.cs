using FuseSharp.Fusion.Align;
using FuseSharp.Pipeline.Train;


namespace FuseSharp.Pipeline.Experiment;

/// <summary>One way to fuse that an experiment compares with others.</summary>
/// <param name="Name">What tables and folders call it.</param>
/// <param name="Method">Name of its alignment, which variants share.</param>
/// <param name="Align">Its alignment.</param>
/// <param name="Train">Its training, of the first seed.</param>
public sealed record ExperimentVariant(string Name, string Method, AlignOptions Align, TrainOptions Train);
