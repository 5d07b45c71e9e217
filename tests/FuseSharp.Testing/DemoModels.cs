namespace FuseSharp.Testing;

/// <summary>The demo's models, which are part of this repository.</summary>
public static class DemoModels
{
    /// <summary>The folder of one of them.</summary>
    /// <param name="name">security (Llama), data (Llama, grouped queries) or web (MPT).</param>
    public static string Path(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "assets", "models", name);
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException($"assets/models/{name} is not above {AppContext.BaseDirectory}.");
    }
}
