namespace FuseSharp.Models.Layers;

/// <summary>The 256 numbers of an 8-bit code with a moving exponent (Dettmers 2016), as bitsandbytes has it: what block maxima are stored in.</summary>
/// <remarks>Seven decades from 1e-6 to 1; decade i holds 2ⁱ means of neighbouring steps of an even division of [0.1, 1], with either sign; beside them 0 and 1.</remarks>
internal static class DynamicCode
{
    private const int Decades = 7;

    /// <summary>In rising order.</summary>
    public static float[] Values { get; } = Make();

    private static float[] Make()
    {
        var values = new List<float> { 0, 1 };
        for (int i = 0; i < Decades; i++)
        {
            int steps = 1 << i;
            float[] bounds = EvenDivision(steps);
            double decade = Math.Pow(10, i - (Decades - 1));
            for (int j = 0; j < steps; j++)
            {
                float mean = (bounds[j] + bounds[j + 1]) / 2;
                values.Add((float)decade * mean);
                values.Add(-(float)decade * mean);
            }
        }

        return [.. values.Order()];
    }

    // [0.1, 1] in even steps; the upper half is counted from the end, as libtorch does it.
    private static float[] EvenDivision(int steps)
    {
        const float Start = 0.1f;
        const float End = 1;
        float width = (End - Start) / steps;
        float[] bounds = new float[steps + 1];
        for (int i = 0; i <= steps; i++)
        {
            bounds[i] = i < (steps + 1) / 2 ? MathF.FusedMultiplyAdd(width, i, Start) : MathF.FusedMultiplyAdd(-width, steps - i, End);
        }

        return bounds;
    }
}
