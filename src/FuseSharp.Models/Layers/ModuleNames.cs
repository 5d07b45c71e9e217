using static TorchSharp.torch;

namespace FuseSharp.Models.Layers;

/// <summary>Gives parts of a module names that the family decides, where a field's name is the same for all.</summary>
internal static class ModuleNames
{
    /// <summary>Registers those parts that are there, in this order.</summary>
    public static void Register(nn.Module module, params (string? Name, nn.Module? Part)[] parts)
    {
        foreach (var (name, part) in parts)
        {
            if (part is not null)
            {
                module.register_module(name!, part);
            }
        }
    }
}
