using FuseSharp.Errors;
using FuseSharp.Files;
using FuseSharp.Progress;
using FuseSharp.Tokenizers.Files;

namespace FuseSharp.Tokenizers.Hub;

/// <summary>Fetches models from Hugging Face's Hub into its cache, where huggingface_hub finds them too.</summary>
/// <remarks>Interrupted, it goes on where it stopped. A revision gets its commit only when all is there, so that nobody finds half a model under its name.</remarks>
public static class HubDownload
{
    private const int LongestChain = 8; // adapters of adapters

    /// <summary>Fetches what the cache lacks of a model, and of the one that it is an adapter for. A commit that the cache has for the revision is completed, not replaced: a newer one is fetched by its own name.</summary>
    /// <param name="name"><c>owner/name</c>, or <c>owner/name@revision</c>.</param>
    /// <param name="contents">The whole model, or its tokenizer.</param>
    /// <param name="options">By default <see cref="HubOptions.FromEnvironment"/>.</param>
    /// <param name="progress">Gets a bar of bytes and what is tried again; by default nobody.</param>
    /// <param name="cancellation">Stops; what has been fetched is kept for the next call.</param>
    /// <returns>The folder of the model in the cache.</returns>
    /// <exception cref="UsageException">It is no such name, the Hub refuses, is out of reach or not to be asked, or the disk has no room.</exception>
    /// <exception cref="ModelException">The repository holds no model that is read here, or other bytes came than announced.</exception>
    public static async Task<string> FetchAsync(string name, HubContents contents = HubContents.Model, HubOptions? options = null, IProgressReporter? progress = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= HubOptions.FromEnvironment();
        string first = await FetchAloneAsync(name, contents, options, progress ?? SilentProgress.Instance, cancellation);
        string folder = first;
        for (int i = 0; i < LongestChain && AdapterBase.Is(folder) && AdapterBase.NameIn(folder) is var model && HubName.Find(model) is { } wanted; i++)
        {
            if (Path.Exists(Path.Combine(folder, wanted.Repository)) || Path.Exists(wanted.Repository))
            {
                break;
            }

            folder = await FetchAloneAsync(model, contents, options, progress ?? SilentProgress.Instance, cancellation);
        }

        return first;
    }

    private static async Task<string> FetchAloneAsync(string text, HubContents contents, HubOptions options, IProgressReporter progress, CancellationToken cancellation)
    {
        var name = HubName.Find(text) ?? throw new UsageException($"'{text}' is no name of a model on the Hub, expected owner/name or owner/name@revision. Correct the name.");
        string? cached = HubCache.SnapshotOf(name, options.Cache);
        if (options.IsOffline)
        {
            return cached ?? throw new UsageException($"'{name}' is not in the cache of Hugging Face, '{options.Cache}', and HF_HUB_OFFLINE forbids to fetch it. Unset the variable, or name the model's folder.");
        }

        using var connection = new HubConnection(options, name, progress.Say);
        try
        {
            return await new SnapshotDownload(connection, options, name, progress).RunAsync(contents, cancellation);
        }
        catch (UsageException fault) when (cached is not null && fault.InnerException is PassingFault { IsAfterContact: false })
        {
            Warnings.Once($"{fault.Message} '{name}' is taken as the cache has it.");
            return cached;
        }
    }
}
