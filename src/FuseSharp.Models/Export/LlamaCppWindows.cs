using FuseSharp.Models.Families;

namespace FuseSharp.Models.Export;

/// <summary>Sliding windows as llama.cpp has them: of every <c>period</c> layers all but the last see a window.</summary>
internal static class LlamaCppWindows
{
    /// <summary>The period where the file names none; null for architectures without windows.</summary>
    /// <param name="architecture">llama.cpp's name.</param>
    public static int? DefaultPeriod(string architecture) => architecture switch
    {
        "gemma2" or "gpt-oss" => 2,
        "cohere2" or "olmo2" => 4,
        "gemma3" => 6,
        _ => null,
    };

    /// <summary>The smallest period that gives a model's windows; 1 for none, null where none does.</summary>
    /// <param name="design">Of the model.</param>
    public static int? PeriodOf(DecoderDesign design)
    {
        var layers = design.Layers;
        for (int period = 1; period <= layers.Count + 1; period++)
        {
            if (layers.Select((l, i) => l.Attention.Window is not null == (i % period < period - 1)).All(fits => fits))
            {
                return period;
            }
        }

        return null;
    }
}
