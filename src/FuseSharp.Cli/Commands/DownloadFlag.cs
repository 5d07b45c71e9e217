using System.CommandLine;
using FuseSharp.Cli.Parsing;
using FuseSharp.Cli.Rendering;
using FuseSharp.Files;
using FuseSharp.Tokenizers.Files;
using FuseSharp.Tokenizers.Hub;

namespace FuseSharp.Cli.Commands;

/// <summary><c>--download</c>, of every command that names models: fetches those that are not here before the command begins. Without it nothing is ever fetched.</summary>
internal static class DownloadFlag
{
    private const string Name = "--download";

    /// <summary>Gives it to a command that names models, and to its subcommands.</summary>
    public static void AddTo(Command command)
    {
        if (Models(command).Any())
        {
            command.Options.Add(new Option<bool>(Name) { Description = "Fetches models named owner/name or owner/name@revision that Hugging Face's cache lacks; HF_ENDPOINT, HF_TOKEN and HF_HOME count as for its own tools." });
        }

        foreach (var inner in command.Subcommands)
        {
            AddTo(inner);
        }
    }

    /// <summary>Fetches what a command line names, if it asks for that.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="cancellation">Stops; what has come is kept.</param>
    /// <returns>Whether anything was fetched or looked for, so that names mean other folders than before.</returns>
    public static async Task<bool> FetchAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (!parsed.CommandResult.Command.Options.Any(o => o.Name == Name) || !parsed.GetValue<bool>(Name))
        {
            return false;
        }

        // Whoever needs the whole model of two uses gets it at once.
        var wanted = Models(parsed.CommandResult.Command).SelectMany(m => m.Wanted(parsed)).Select(m => (Name: Missing(m.Name), m.Contents)).Where(m => m.Name is not null)
            .GroupBy(m => m.Name!, m => m.Contents, StringComparer.Ordinal).Select(g => (Name: g.Key, Contents: g.Min())).ToList();
        var options = HubOptions.FromEnvironment();
        await Task.Run(() => ProgressDisplay.Run(progress =>
        {
            // A terminal's bars live as long as this call.
            foreach (var (name, contents) in wanted)
            {
                HubDownload.FetchAsync(name, contents, options, progress, cancellation).GetAwaiter().GetResult();
            }

            return 0;
        }), cancellation);
        return wanted.Count > 0;
    }

    // A model that is not here, or what an adapter that is here belongs to.
    private static string? Missing(string named) => Path.Exists(named) ? AdapterBase.Missing(named) : HubName.Find(named) is null ? null : named;

    private static IEnumerable<INamesModels> Models(Command command) => command.Options.OfType<INamesModels>().Concat(command.Arguments.OfType<INamesModels>());
}
