namespace FuseSharp.Models.Checkpoints;

/// <summary>The weights of an adapter in PEFT's format: adapter_model.safetensors, or adapter_model.bin where there is no such file.</summary>
internal static class AdapterFile
{
    /// <summary>Name of the file that is written.</summary>
    public const string Name = "adapter_model.safetensors";

    /// <summary>What stands before the name of every tensor.</summary>
    public const string Prefix = "base_model.model.";

    private const string Pickled = "adapter_model.bin";

    /// <summary>Whether there are any.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, Name)) || File.Exists(Path.Combine(folder, Pickled));

    /// <summary>Opens them.</summary>
    /// <exception cref="Errors.ModelException">They are missing or damaged.</exception>
    public static ITensorSource Open(string folder)
        => !File.Exists(Path.Combine(folder, Name)) && File.Exists(Path.Combine(folder, Pickled))
            ? new PickleReader(Path.Combine(folder, Pickled)) : new SafetensorsReader(Path.Combine(folder, Name));
}
