namespace FuseSharp.Pipeline.Train;

/// <summary>What of the target learns.</summary>
public enum TrainMode
{
    /// <summary>Every weight: the published run.</summary>
    Full,

    /// <summary>Low-rank adapters beside the frozen linear maps.</summary>
    Lora,

    /// <summary>The same, with the frozen maps in NF4: a quarter of bfloat16's memory for them.</summary>
    Qlora,
}
