using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Json;

namespace FuseSharp.Tokenizers.Files;

/// <summary>Finds the model that a folder with an adapter belongs to.</summary>
public static class AdapterBase
{
    /// <summary>Name of the file that makes a folder an adapter's.</summary>
    public const string ConfigFile = "adapter_config.json";

    private const int LongestChain = 8; // adapters of adapters

    /// <summary>Whether a folder holds an adapter rather than a model.</summary>
    public static bool Is(string path) => File.Exists(Path.Combine(path, ConfigFile));

    /// <summary>The folder of the model that an adapter was trained beside; it may be an adapter itself.</summary>
    /// <exception cref="ModelException">It is not said, not there, or the adapters belong to each other in a circle.</exception>
    public static string Find(string path)
    {
        string found = Next(path);
        string last = found;
        for (int i = 0; Is(last); i++)
        {
            last = i < LongestChain ? Next(last) : throw new ModelException($"'{path}' is an adapter of adapters that belong to each other in a circle. Correct base_model_name_or_path in its {ConfigFile}.");
        }

        return found;
    }

    /// <summary>How an adapter names its model: a path, or a name on the Hub with the revision that the adapter was trained beside.</summary>
    /// <param name="path">A folder with an adapter.</param>
    /// <exception cref="ModelException">The file is damaged or does not say it.</exception>
    public static string NameIn(string path)
    {
        string file = Path.Combine(path, ConfigFile);
        var keys = new JsonKeys(JsonFile.Read(file, "an adapter's configuration"), what => new ModelException($"'{file}' {what}. Correct the file."));
        string? named = keys.Text("base_model_name_or_path");
        if (string.IsNullOrEmpty(named))
        {
            throw new ModelException($"'{path}' is an adapter that does not say for which model. Name that model's folder in base_model_name_or_path of its {ConfigFile}.");
        }

        return keys.Text("revision") is { Length: > 0 } revision && HubName.Find($"{named}@{revision}") is { } whole && !named.Contains('@', StringComparison.Ordinal) ? whole.ToString() : named;
    }

    /// <summary>The name on the Hub of the model that an adapter needs and that is not here; null where all is here, or where no such name is given.</summary>
    /// <param name="path">Any path.</param>
    /// <exception cref="ModelException">An adapter does not say which model it needs.</exception>
    public static string? Missing(string path)
    {
        for (int i = 0; i < LongestChain && Is(path); i++)
        {
            string named = NameIn(path);
            if (PlaceOf(path, named) is not { } place)
            {
                return HubName.Find(named) is null ? null : named;
            }

            path = place;
        }

        return null;
    }

    private static string Next(string path)
    {
        string named = NameIn(path);
        return PlaceOf(path, named)
            ?? throw new ModelException($"'{path}' is an adapter for the model '{named}', which is neither there nor in the cache of Hugging Face, '{HubCache.Folder}'. {(HubName.Find(named) is null ? "Get it" : "Fetch it with --download")}, or name its folder in base_model_name_or_path of its {ConfigFile}.");
    }

    private static string? PlaceOf(string path, string named)
    {
        string plain = HubName.Find(named)?.Repository ?? named; // a folder of that name knows no revisions
        string[] places = named.Contains('\0', StringComparison.Ordinal) ? [] : [Path.Combine(path, plain), plain, HubCache.Resolve(named)];
        return Array.Find(places, p => Directory.Exists(p) || File.Exists(p));
    }
}
