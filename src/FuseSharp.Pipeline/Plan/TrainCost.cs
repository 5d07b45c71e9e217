using FuseSharp.Models.Architectures;
using FuseSharp.Pipeline.Train;


namespace FuseSharp.Pipeline.Plan;

/// <summary>Floating-point operations of training and of reading.</summary>
public static class TrainCost
{
    /// <summary>Operations to train on a token: six for each weight that it meets (Kaplan et al. 2020), causal attention, and a third more where blocks run twice.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="options">How.</param>
    /// <param name="length">Tokens of a block.</param>
    public static double PerTrainedToken(ModelCounts model, TrainOptions options, int length)
    {
        double forward = PerReadToken(model, length);
        double back = options.Mode == TrainMode.Full ? 2 : 1; // frozen weights get no gradient of their own
        return forward * (1 + back + (options.GradientCheckpointing ? 1 : 0));
    }

    /// <summary>Operations to read a token: two for each weight, and causal attention over half the text in the mean.</summary>
    public static double PerReadToken(ModelCounts model, int length) => (2.0 * model.MatrixWeights) + (2.0 * length * model.Width * model.Layers);
}
