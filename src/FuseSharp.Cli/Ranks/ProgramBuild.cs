using System.Reflection;

namespace FuseSharp.Cli.Ranks;

/// <summary>Tells builds of this program apart: a machine with an older copy would come to other results.</summary>
internal static class ProgramBuild
{
    /// <summary>A line for each part: its name, version and the identity that the compiler gave it.</summary>
    public static string Describe()
    {
        var own = typeof(ProgramBuild).Assembly;
        return string.Join('\n', own.GetReferencedAssemblies().Where(a => a.Name!.StartsWith("FuseSharp.", StringComparison.Ordinal)).OrderBy(a => a.Name, StringComparer.Ordinal).Select(Assembly.Load).Prepend(own)
            .Select(a => $"{a.GetName().Name} {a.GetName().Version?.ToString(3)}, build {a.ManifestModule.ModuleVersionId:N}"));
    }
}
