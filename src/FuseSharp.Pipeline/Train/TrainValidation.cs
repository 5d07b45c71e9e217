using FuseSharp.Models;


namespace FuseSharp.Pipeline.Train;

/// <summary>What a training is evaluated by between its steps.</summary>
/// <param name="Key">Of the texts, part of the training's key.</param>
/// <param name="BitsPerByte">Measures the model as it is.</param>
public sealed record TrainValidation(string Key, Func<LanguageModel, double> BitsPerByte);
